import { PothosValidationError } from '@pothos/core'
import { GraphQLError, Kind } from 'graphql'
import { toAppError } from '../db/errors.ts'
import { loggable } from '../db/loggable.ts'
import { AppError, BadUserInputError, type ErrorCode, type FieldFault } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** graphql-js repeats the whole of a value that it refuses, with each thing that is wrong in it. */
const maxMessageCharacters = 1_000

type GraphQLCode = 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED'
type Options = { requestId: string; logger: Logger }

/**
 * The one place where an error gets the form in which clients see it, for HTTP, SSE and WebSocket alike: a message fit
 * to show, a code, the request's id. What nobody foresaw is INTERNAL, and only the log knows what it was.
 */
export function maskError(error: unknown, { requestId, logger }: Options): GraphQLError {
  const own = isGraphQLsOwn(error) ? ownError(error) : null
  const found = own ?? appErrorOf(error) ?? internalError(error)
  const { path, nodes, source, positions } = error instanceof GraphQLError ? error : ({} as Partial<GraphQLError>)
  if (found.code === 'INTERNAL') {
    logger.error({ requestId, path: path?.join('.'), err: loggable(unwrapped(found.cause)) }, 'a request failed')
  } else if (found.code === 'UNAVAILABLE' && found.cause) {
    logger.warn(
      { requestId, path: path?.join('.'), err: loggable(unwrapped(found.cause)) },
      'a request could not be served',
    )
  }
  return new GraphQLError(shortened(found.message), {
    ...{ nodes, source, positions, path },
    extensions: { code: found.code, requestId, ...found.details },
  })
}

/** As it may stand in a result until it is masked. */
export const asGraphQLError = (error: unknown) =>
  error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error })

/** The code that an error will be shown with. */
export const codeOf = (error: unknown): ErrorCode | GraphQLCode =>
  isGraphQLsOwn(error) ? ownError(error).code : (appErrorOf(error)?.code ?? 'INTERNAL')

type Shown = { code: ErrorCode | GraphQLCode; message: string; details: Record<string, unknown>; cause?: unknown }

const internalError = (cause: unknown): Shown => ({
  code: 'INTERNAL',
  message: 'Something went wrong.',
  details: {},
  cause,
})

/** graphql-js, Yoga and graphql-ws wrap what was thrown; drizzle wraps what the driver threw. */
function appErrorOf(error: unknown): AppError | null {
  for (let found = error; found; found = found instanceof GraphQLError ? found.originalError : null) {
    const known = toAppError(found)
    if (known) return known
    // A cursor that is none, of a list that Pothos pages.
    if (found instanceof PothosValidationError) return new AppError('BAD_USER_INPUT', found.message)
    // An argument that does not fit is found while a field is executed, and points at where it stands in the operation.
    if (found instanceof GraphQLError && found !== error && found.nodes?.length) {
      const argument = /^Argument "(\w+)"/.exec(found.message)?.[1]
      if (!argument) return new AppError('BAD_USER_INPUT', found.message)
      return new BadUserInputError([{ path: argument, message: found.message }], found.message)
    }
  }
  return null
}

/** About the request itself, from GraphQL or the server in front of it: nothing that a resolver threw, which has a path. */
const isGraphQLsOwn = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError && !error.path && Boolean(error.nodes || !error.originalError)

function ownError(error: GraphQLError): Shown {
  if (error.extensions.code === 'GRAPHQL_VALIDATION_FAILED') {
    return { code: 'GRAPHQL_VALIDATION_FAILED', message: error.message, details: {} }
  }
  if (error.source && !error.nodes) return { code: 'GRAPHQL_PARSE_FAILED', message: error.message, details: {} }
  const { fields } = error.extensions
  const fault = variableFault(error)
  return fault
    ? new BadUserInputError([fault], error.message)
    : { code: 'BAD_USER_INPUT', message: error.message, details: fields ? { fields } : {} }
}

/** Where in a variable the fault is, graphql-js tells only in its message. The path begins after the variable. */
function variableFault(error: GraphQLError): FieldFault | null {
  const definition = error.nodes?.[0]
  if (definition?.kind !== Kind.VARIABLE_DEFINITION) return null
  const variable = definition.variable.name.value
  const fault = error.originalError?.message
  if (!fault) return { path: variable, message: shortened(error.message) }
  const place = / at "([^"\\]+)"$/.exec(error.message.slice(0, -`; ${fault}`.length))?.[1] ?? variable
  const field = /^Field "(\w+)" (?:of required type|is not defined)/.exec(fault)?.[1]
  const path = (field ? `${place}.${field}` : place).slice(variable.length).replace(/^\./, '')
  return { path: path || variable, message: shortened(fault) }
}

const shortened = (message: string) =>
  message.length > maxMessageCharacters ? `${message.slice(0, maxMessageCharacters)}…` : message

const unwrapped = (error: unknown) => (error instanceof GraphQLError ? (error.originalError ?? error) : error)

import { RefusedError } from './answer.ts'

/** What a body asks for. `extensions` may be there; nothing reads them. */
export type GraphQLRequest = {
  query: string
  operationName?: unknown
  variables?: Record<string, unknown> | null | undefined
}

const known = new Set(['query', 'operationName', 'variables', 'extensions'])

/** A body that is a GraphQL request, by the specification of GraphQL over HTTP; 400 for any other. */
export function graphqlRequestOf(body: string): GraphQLRequest {
  const request = parsed(body)
  if (Array.isArray(request)) throw refused('Batching is not supported.')
  if (!isObject(request)) throw refused(`POST body is expected to be object but received ${kindOf(request)}`)
  for (const name of Object.keys(request)) {
    if (!known.has(name) && request[name] != null) throw refused(`Unexpected parameter "${name}" in the request body.`)
  }
  const { query, variables, extensions } = request
  if (query == null) throw refused('Must provide query string.')
  if (typeof query !== 'string') throw refused(`Expected "query" param to be a string, but given ${kindOf(query)}.`)
  assertObject('variables', variables)
  assertObject('extensions', extensions)
  return request as GraphQLRequest
}

const refused = (message: string) => new RefusedError(400, 'BAD_USER_INPUT', message)

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw refused('POST body sent invalid JSON.')
  }
}

function assertObject(name: string, value: unknown) {
  if (value == null || isObject(value)) return
  throw refused(`Expected "${name}" param to be empty or an object, but given ${kindOf(value)}.`)
}

const isObject = (value: unknown): value is Record<string, unknown> => kindOf(value) === 'object'

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

import { AppError, BadUserInputError, ConflictError, UnavailableError } from '../errors.ts'

type DatabaseError = Error & { code?: string; constraint?: string }

/** The database's own guards, by constraint, as the client is told of them. They are the last to say no, not the first. */
const constraintErrors: Record<string, () => AppError> = {
  kyc_applications_one_undecided: () => new ConflictError('You have an application that is not decided yet.'),
  kyc_applications_one_approved: () => new ConflictError('Another application of this user has just been approved.'),
  kyc_applications_transition: () => new ConflictError('The application has moved on: read it again.'),
  kyc_applications_version: () => new ConflictError('The application has moved on: read it again.'),
  kyc_applications_reviewer_is_not_applicant: () =>
    new AppError('FORBIDDEN', 'Nobody reviews an application of their own.'),
  token_metadata_sealed: () => new ConflictError('The metadata is sealed: it never changes again.'),
  token_metadata_version: () => new ConflictError('The metadata has just been published again: read it again.'),
  kyc_documents_application_open: () => new ConflictError('The application may not change now.'),
}

/** Class 08 and 57P: the server or the way to it; 53: it is full; 25P03: we were silent for too long. The client may try again. */
const unavailable = /^(08|53|57P|25P03)/
/** After COMMIT was sent these do not tell whether it was done. */
const leavesOutcomeOpen = /^(08|57P)/
/** Each has a digit; EPIPE, which Node says of a broken connection, has none. */
const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/
/** What pg says instead of sending a statement on a connection that has broken before. */
const neverSent = /is not queryable$/

/** drizzle wraps the driver's error: the one of PostgreSQL is its cause. */
export function databaseErrorOf(error: unknown): DatabaseError | null {
  for (let found = error; found instanceof Error; found = found.cause) {
    if (typeof (found as DatabaseError).code === 'string' || isConnectionLoss(found)) return found as DatabaseError
  }
  return null
}

const isConnectionLoss = (error: Error) =>
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|is not queryable/.test(
    error.message,
  )

/** The server or the way to it, not what was asked. */
export function isOutage(error: unknown): boolean {
  const found = databaseErrorOf(error)
  if (!found || /^timeout exceeded/.test(found.message)) return false
  return isConnectionLoss(found) || /^(08|57P|E[A-Z]+$)/.test(found.code ?? '')
}

/**
 * A prepared statement that PostgreSQL does not take any more: a migration has changed what it answers, or the connection is
 * not the one that it was prepared on. The same without a name is another matter.
 */
export const isPreparationLost = (error: unknown) => /^(0A000|26000|42P05)$/.test(databaseErrorOf(error)?.code ?? '')

/** Whether another server may have an answer where this one has an error: not to what takes too long, or has no sense. */
export const mayDifferElsewhere = (error: unknown) =>
  !isPreparationLost(error) && !/^(57014|22)/.test(databaseErrorOf(error)?.code ?? '')

/** True when COMMIT was refused by PostgreSQL or never reached it: the transaction is rolled back, and that is known. */
export function isRefusal(error: unknown): boolean {
  const { code = '', message = '' } = databaseErrorOf(error) ?? {}
  return neverSent.test(message) || (sqlState.test(code) && !leavesOutcomeOpen.test(code))
}

/** True when PostgreSQL itself ended this statement: of its transaction nothing is left, whatever was sent behind it. */
export function isSaidByServer(error: unknown): boolean {
  const { code = '' } = databaseErrorOf(error) ?? {}
  return sqlState.test(code) && !code.startsWith('08')
}

/** Serialization failure and deadlock: the same transaction may succeed when it is tried again. */
export const isRetryable = (error: unknown) => ['40001', '40P01'].includes(databaseErrorOf(error)?.code ?? '')

/** What a client is told of a database error, or null when it is none that they should know of. */
export function toAppError(error: unknown): AppError | null {
  if (error instanceof AppError) return error
  const found = databaseErrorOf(error)
  if (!found) return null
  const code = found.code ?? ''
  if (found.constraint && constraintErrors[found.constraint]) return constraintErrors[found.constraint]!()
  // Class 22: a value that no column can hold, as a text with the character NUL.
  if (/^22/.test(code)) return new BadUserInputError([], 'The input has a value that cannot be stored or looked for.')
  if (code === '57014') return new AppError('TIMEOUT', 'The query took too long.', {}, error)
  if (code === '55P03' || isRetryable(error)) {
    return new UnavailableError('Others are changing the same thing: try again.', { cause: error })
  }
  if (unavailable.test(code) || /^E[A-Z]+$/.test(code) || isConnectionLoss(found)) {
    return new UnavailableError('The database cannot be reached: try again.', { cause: error })
  }
  return null
}

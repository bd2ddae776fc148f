/** Stable codes of `extensions.code`; design decisions of clients rest on them. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'QUERY_TOO_COMPLEX'
  | 'PAYLOAD_TOO_LARGE'
  | 'CSRF_REJECTED'
  | 'RESYNC_REQUIRED'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'INTERNAL'

export type FieldFault = { path: string; message: string }

/** An error whose message may be shown to whoever asked. Anything else is shown as INTERNAL. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Further `extensions` of the GraphQL error. */
  readonly details: Record<string, unknown>

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, { cause })
    this.code = code
    this.details = details
  }
}

export class UnauthenticatedError extends AppError {
  constructor(message = 'Sign in first.') {
    super('UNAUTHENTICATED', message)
  }
}

export class ForbiddenError extends AppError {
  constructor(message = 'You may not do this.') {
    super('FORBIDDEN', message)
  }
}

/** Also for what exists but is not the viewer's: the two must look the same. */
export class NotFoundError extends AppError {
  constructor(what: string) {
    super('NOT_FOUND', `${what} was not found.`)
  }
}

/** All faults of an input at once. */
export class BadUserInputError extends AppError {
  constructor(faults: FieldFault[], message?: string) {
    super('BAD_USER_INPUT', message ?? faults.map((fault) => `${fault.path}: ${fault.message}`).join(' '), {
      fields: faults,
    })
  }
}

export class ConflictError extends AppError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super('CONFLICT', message, details)
  }
}

/** `retryAfterSeconds`: when it is worth asking again; shown as the header Retry-After as well. */
export class RateLimitedError extends AppError {
  constructor(message: string, details: { retryAfterSeconds?: number } = {}) {
    super('RATE_LIMITED', message, details)
  }
}

export class ResyncRequiredError extends AppError {
  constructor() {
    super('RESYNC_REQUIRED', 'The log does not hold this cursor any more. Read the state and a new eventCursor again.')
  }
}

/** `retryable` is false when it is not known whether the change was made. */
export class UnavailableError extends AppError {
  constructor(message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super('UNAVAILABLE', message, { retryable: options.retryable ?? true }, options.cause)
  }
}

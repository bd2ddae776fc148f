const first = Date.parse('0001-01-01T00:00:00Z')
const last = Date.parse('9999-12-31T23:59:59.999Z')

/** Milliseconds of the years that RFC 3339 can write and PostgreSQL can keep. */
export const isInstant = (milliseconds: unknown): boolean =>
  Number.isSafeInteger(milliseconds) && (milliseconds as number) >= first && (milliseconds as number) <= last

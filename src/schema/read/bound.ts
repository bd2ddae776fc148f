import { type Placeholder, sql } from 'drizzle-orm'

/** Why something is read the plain way. */
export class NotCompilableError extends Error {}

const refuse = () => {
  throw new NotCompilableError('What is bound only when a plan runs was looked at while it was made.')
}

/**
 * Stands in a plan for a value that each request brings: goes into SQL, and nowhere else. Made a text of, measured, or
 * written as JSON it throws: what was made of it would stand in the plan for everybody.
 */
export function boundLater<Value>(name: string): Value {
  const placeholder: Placeholder = sql.placeholder(name)
  for (const key of [Symbol.toPrimitive, 'toString', 'toJSON', 'length']) {
    Object.defineProperty(placeholder, key, { get: refuse })
  }
  return placeholder as Value
}

import { is, Param, sql } from 'drizzle-orm'
import type { Values } from './read.ts'

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
  const placeholder = sql.placeholder(name)
  for (const key of [Symbol.toPrimitive, 'toString', 'toJSON', 'length']) {
    Object.defineProperty(placeholder, key, { get: refuse })
  }
  names.set(placeholder, name)
  return placeholder as Value
}

type Derivation = { name: string; from: string; work: (value: never) => unknown }
const names = new WeakMap<object, string>()
const derivations = new WeakMap<object, Derivation>()
let last = 0

/** What is made of a text that SQL does not take as it is: now, or where it is bound later, each time that it is. */
export function whenBound<Value, Result>(value: Value, work: (value: Value) => Result): Result {
  const from = names.get(value as object)
  if (from === undefined) return work(value)
  const name = `${from}.${++last}`
  const later = boundLater<Result>(name)
  derivations.set(later as object, { name, from, work })
  return later
}

/** What a statement with these parameters is given at each run, from what a request brings. */
export function binding(parameters: unknown[]) {
  const derived = parameters.flatMap((parameter) => {
    const value = is(parameter, Param) ? parameter.value : parameter
    return derivations.get(value as object) ?? []
  })
  return (values: Values): Values => {
    if (derived.length === 0) return values
    const bound = { ...values }
    for (const { name, from, work } of derived) bound[name] = work(values[from] as never)
    return bound
  }
}

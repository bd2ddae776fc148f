import type { ExecutionResult, OperationTypeNode } from 'graphql'
import type { Metrics } from '../metrics/index.ts'
import { codeOf } from './mask-error.ts'

type Kind = OperationTypeNode | 'none'
/** What an operation comes to; of a subscription its stream, once it is open. */
type Outcome = ExecutionResult | object

/** Counts operations by kind and by the code of their first error. `none`: of what was refused before its kind was known. */
export function createMeasured({ operations }: Metrics) {
  const count = (kind: Kind, began: number, code: string) =>
    operations.of(kind, code).observe((performance.now() - began) / 1000)

  function counted<T extends Outcome>(kind: Kind, began: number, outcome: T): T {
    const first = 'errors' in outcome ? outcome.errors?.[0] : undefined
    count(kind, began, first ? codeOf(first) : 'OK')
    return outcome
  }

  return function measured<T extends Outcome>(kind: Kind, work: () => T | Promise<T>): T | Promise<T> {
    const began = performance.now()
    const failed = (error: unknown): never => {
      count(kind, began, codeOf(error))
      throw error
    }
    try {
      const outcome = work()
      if (outcome instanceof Promise) return outcome.then((value) => counted(kind, began, value), failed)
      return counted(kind, began, outcome)
    } catch (error) {
      return failed(error)
    }
  }
}

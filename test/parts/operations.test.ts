import { expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createMetrics } from '../../src/metrics/index.ts'
import { schema } from '../../src/schema/index.ts'
import type { Live } from '../../src/server/live/index.ts'
import { createOperations, RefusedOperation } from '../../src/server/operations.ts'

const live: Live = { subscribe: () => Promise.reject(new Error('nobody subscribes')) }
const operations = createOperations({ schema, config: readConfig({}), live, metrics: createMetrics() })

it('what is refused, in ever new words, pushes out nothing that is in use', () => {
  const query = '{ viewer { id } }'
  const first = operations.prepare({ query })
  for (let n = 0; n < 100; n++) {
    const nonsense = `{ nothing } # ${n} `.padEnd(15_000, '#')
    expect(() => operations.prepare({ query: nonsense })).toThrow(RefusedOperation)
  }
  expect(operations.prepare({ query })).toBe(first)
})

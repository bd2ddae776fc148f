import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postGraphQL } from './harness/http.ts'
import { type Stack, startStack, type TestGateway } from './harness/index.ts'

let stack: Stack
let gateway: TestGateway

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
})
afterAll(() => stack.stop())

/** Each fragment spreads the next one twice: followed again and again, the last one is reached 2^levels times. */
function doublingFragments(levels: number, last: string) {
  const spreading = Array.from({ length: levels }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`)
  return ['{ ...F0 }', ...spreading, `fragment F${levels} on Query { ${last} }`].join('\n')
}

describe('fragments that spread each other twice', () => {
  it('are looked into once each', async () => {
    const { body } = await postGraphQL(gateway, { query: doublingFragments(60, '__typename') })
    expect(body).toEqual({ data: { __typename: 'Query' } })
  })
})

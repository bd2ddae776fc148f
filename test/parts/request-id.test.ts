import { expect, it } from 'vitest'
import { newRequestId } from '../../src/server/request-id.ts'

it('no two requests have the same id', () => {
  const ids = Array.from({ length: 1_000 }, newRequestId)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(ids).size).toBe(ids.length)
})

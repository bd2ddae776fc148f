import { expect, it } from 'vitest'
import { reach } from '../../src/log/reach.ts'
import type { Tails } from '../../src/log/tails.ts'

const tailsWith = (look: () => Promise<boolean>, log: string | null = 'log') =>
  ({ log, of: () => ({ head: { position: 7, hash: '' }, look }) }) as unknown as Tails
const at = (position: number) => ({ kyc: { position, hash: '' } })
const never = () => new Promise<boolean>(() => {})

it('whoever has seen what this process cannot read has to ask elsewhere', async () => {
  expect(await reach(tailsWith(never), at(7))).toBe(true)
  expect(
    await reach(
      tailsWith(async () => true),
      at(8),
    ),
  ).toBe(true)
  expect(
    await reach(
      tailsWith(() => Promise.reject(new Error('Connection terminated'))),
      at(8),
    ),
  ).toBe(false)
  expect(await reach(tailsWith(never), at(8))).toBe(false)
  expect(await reach(tailsWith(never, null), at(0))).toBe(false)
})

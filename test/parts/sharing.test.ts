import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import type { LoggedEvent } from '../../src/log/event.ts'
import { schema } from '../../src/schema/index.ts'
import { createShares } from '../../src/server/live/share.ts'
import { sharingOf } from '../../src/server/live/sharing.ts'

const document = (query: string) => {
  const parsed = parse(query)
  expect(validate(schema, parsed)).toEqual([])
  return parsed
}
const sharing = (query: string) => sharingOf({ schema, document: document(query) })
const ofApplication = (selection: string) => `subscription { kycStatusChanges { application { ${selection} } } }`

describe('what is worked out of an event', () => {
  it.each([
    'subscription { systemAlerts { cursor alert { id message } } }',
    'subscription { tokenTransfers { kind transfer { __typename id } } }',
    'subscription { exchangeRateChanges(base: "EUR") { rate { rate } } }',
    'subscription { kycStatusChanges { change { toStatus reason application { id } } } }',
    ofApplication('firstName idDocumentNumber documents { fileName application { id } } statusHistory { toStatus }'),
    ofApplication('user { email settings { locale } kycApplications { nodes { status } } }'),
    ofApplication('... on Node { __typename }'),
  ])('is shared by all with the same rights: %s', (query) => {
    expect(sharing(query).isShareable).toBe(true)
  })

  it.each([
    ofApplication('reviewedBy { id }'),
    ofApplication('who: reviewedBy { __typename }'),
    ofApplication('reviewedBy @include(if: false) { id }'),
    ofApplication('statusHistory { changedBy { email } }'),
    ofApplication('user { kycApplications { nodes { reviewedBy { id } } } }'),
    ofApplication('user { kycApplications { edges { node { statusHistory { changedBy { id } } } } } }'),
    ofApplication('documents { application { reviewedBy { id } } }'),
    ofApplication('... on Node { id }'),
    ofApplication('... on Node { ... on KycApplication { reviewedBy { id } } }'),
    ofApplication('... @skip(if: true) { reviewedBy { id } }'),
    'subscription { kycStatusChanges { change { ...Step } } } fragment Step on KycStatusChange { ...By } fragment By on KycStatusChange { changedBy { id } }',
    'subscription { ...Root } fragment Root on Subscription { kycStatusChanges { change { changedBy { id } } } }',
    'subscription { kycStatusChanges { change { toStatus } } kycStatusChanges { change { changedBy { id } } } }',
  ])('is each one’s own where it leads to somebody whom the event is not about: %s', (query) => {
    expect(sharing(query).isShareable).toBe(false)
  })

  const alerts = document('subscription A($after: String) { systemAlerts(after: $after) { cursor } }')
  const transfers = document(
    'subscription T($filter: TokenTransferFilter, $after: String) { tokenTransfers(filter: $filter, after: $after) { cursor } }',
  )
  const keyOf = (asked: typeof alerts, variableValues: Record<string, unknown>) =>
    sharingOf({ schema, document: asked, variableValues }).key

  it('is the same wherever one begins, in whatever order the variables come', () => {
    expect(keyOf(alerts, { after: 'one' })).toBe(keyOf(alerts, { after: 'another' }))
    expect(keyOf(transfers, { filter: { chainId: 1 }, after: 'a' })).toBe(
      keyOf(transfers, { after: 'b', filter: { chainId: 1 } }),
    )
  })

  it('is another under another text or other variables, and by a key that stays short', () => {
    const filter = { chainId: 1, account: 'x'.repeat(60_000) }
    const keys = [
      keyOf(alerts, {}),
      keyOf(transfers, {}),
      keyOf(transfers, { filter: {} }),
      keyOf(transfers, { filter: { chainId: 1 } }),
      keyOf(transfers, { filter: { chainId: '1' } }),
      keyOf(transfers, { filter }),
      keyOf(transfers, { filter: { ...filter, chainId: 2 } }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    for (const key of keys) expect(key.length).toBeLessThan(100)
  })

  it('is refused where variables are nested deeper than anybody writes', () => {
    const deep = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)
    expect(() => keyOf(transfers, { deep })).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
  })

  it('is not the same from one place of an operation for another: a variable that says more than where to begin counts', () => {
    const twice = document(
      'subscription B($x: String) { systemAlerts(after: $x) { cursor } ... on Subscription { systemAlerts(after: $x) { alert { id } } } }',
    )
    expect(keyOf(twice, { x: 'a' })).not.toBe(keyOf(twice, { x: 'b' }))
  })

  it('is kept for a moment and no longer, whether anything else happens or not', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const shares = createShares()
    const event = { stream: 'alerts', position: 1, hash: 'a' } as LoggedEvent
    let count = 0
    const work = async () => {
      const result = { data: { count: ++count } }
      const group = { key: 'k', concerns: () => true, subjectsOf: () => [], execute: async () => [result] }
      await shares.of(group, event)
      return new WeakRef(result)
    }
    const first = await work()
    await work()
    expect(count).toBe(2)
    await expect
      .poll(async () => {
        await sleep(100)
        collect()
        return first.deref() === undefined
      })
      .toBe(true)
  })
})

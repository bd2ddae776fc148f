import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { raiseAlert } from '../src/resolvers/alert.ts'
import { recordTokenTransfers } from '../src/resolvers/transfer/record.ts'
import { startGatewayProcess } from './harness/gateway-process.ts'
import { people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { compareWithLog, keepLedger, nothingWrong } from './harness/ledger.ts'
import { openLive } from './harness/live.ts'
import { eventually, logOf } from './harness/log.ts'
import { startProxy } from './harness/proxy.ts'
import { block, indexerOn } from './harness/transfer.ts'

const awayMs = 10_000

let stack: Stack
/** Nothing ever happens to this one. */
let gateway: TestGateway
let seed: ReturnType<typeof people>

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
})
afterAll(() => stack.stop())

const alert = (message: string) => raiseAlert({ services: gateway.services }, { severity: 'info', message })
const record = (count: number) => recordTokenTransfers(indexerOn(gateway.services), { transfers: block(count) })

/** At this gateway: a ledger of transfers, and two who see alerts, of whom one is about to be signed out. */
async function subscribersAt(url: string) {
  const [staying, leaving] = [await seed.investor(), await seed.investor()]
  const { key } = await seed.key({ owner: await seed.admin(), scopes: ['transfers:read'] })
  const credentialOf = ({ token }: { token: string | null }) => ({ authorization: `Bearer ${token}` })
  const { eventCursor } = await cursorAt(url, credentialOf(staying))
  const variables = { after: eventCursor }
  const [loyal, gone] = [
    await openLive({ url, credential: credentialOf(staying), variables }),
    await openLive({ url, credential: credentialOf(leaving), variables }),
  ]
  const before = (await logOf(gateway.services, 'transfers')).length
  const ledger = await keepLedger({ urls: () => [url], credential: { 'x-api-key': key } })
  await alert('before')
  await record(5)
  for (const { seen } of [loyal, gone]) await eventually(seen).toEqual(['before'])
  await eventually(() => ledger.entries.length).toBe(5)
  return {
    loyal,
    gone,
    ledger,
    staying: credentialOf(staying),
    async changeEverything() {
      await seed.signOut(leaving.token!)
      await alert('while it was away')
      await record(20)
    },
    /** With what was said when it was back, and how the one who was signed out was told. */
    async caughtUp(since: string[], codes: number[]) {
      await eventually(loyal.seen).toEqual(['before', 'while it was away', ...since])
      const log = (await logOf(gateway.services, 'transfers')).slice(before)
      await ledger.hasSeen(log.at(-1)!.position)
      expect(compareWithLog(ledger.entries, log)).toEqual(nothingWrong)
      expect(codes).toContain(await gone.closed)
      expect(gone.seen()).toEqual(['before'])
    },
  }
}

async function cursorAt(url: string, credential: Record<string, string>) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential },
    body: JSON.stringify({ query: '{ eventCursor }' }),
  })
  return ((await response.json()) as { data: { eventCursor: string } }).data
}

it('a gateway that was stopped for ten seconds delivers nothing old as new, and catches up', async () => {
  const frozen = await startGatewayProcess(stack.environment)
  const { staying, changeEverything, caughtUp, ledger } = await subscribersAt(frozen.url)
  frozen.freeze()
  // The kernel takes the connection; the gateway sees it when it goes on.
  const coming = openLive({ url: frozen.url, credential: staying })
  await changeEverything()
  await sleep(awayMs)
  expect(ledger.entries).toHaveLength(5)
  frozen.thaw()
  const { seen } = await coming
  const said: string[] = []
  await eventually(async () => {
    said.push(`new ${said.length}`)
    await alert(said.at(-1)!)
    return seen().length
  }).toBeGreaterThan(0)
  await eventually(() => seen().at(-1)).toBe(said.at(-1))
  expect(seen()).toEqual(said.slice(said.indexOf(seen()[0]!)))
  await caughtUp(said, [4410])
})

it('a gateway that is cut off from PostgreSQL delivers nothing, and catches up when it is back', async () => {
  const { DATABASE_URL, DATABASE_OWNER_URL, ...environment } = stack.environment
  const way = await startProxy(DATABASE_URL!)
  const owner = new URL(DATABASE_OWNER_URL!)
  owner.host = new URL(way.url).host
  const cutOff = await startGatewayProcess({ ...environment, DATABASE_URL: way.url, DATABASE_OWNER_URL: owner.href })
  const { loyal, gone, ledger, changeEverything, caughtUp } = await subscribersAt(cutOff.url)
  way.cut()
  await changeEverything()
  await sleep(awayMs)
  expect([loyal.seen(), gone.seen(), ledger.entries.length]).toEqual([['before'], ['before'], 5])
  way.mend()
  // By Redis it may have heard that something is new about the session, and could not look what.
  await caughtUp([], [4410, 1013])
})

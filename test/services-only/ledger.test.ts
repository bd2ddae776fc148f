import { setTimeout as sleep } from 'node:timers/promises'
import { print } from 'graphql'
import { expect, it, onTestFinished } from 'vitest'
import type { TokenTransferInput } from '../graphql/graphql.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { people, stackForTest } from '../harness/index.ts'
import { compareWithLog, keepLedger, nothingWrong } from '../harness/ledger.ts'
import { connectForTest, logOf } from '../harness/log.ts'
import { block, transferOperations } from '../harness/transfer.ts'
import { startRedis } from '../services/redis.ts'

/** LEDGER=full is what takes minutes: 200 subscribers and 20,000 events. */
const { subscribers, events } =
  process.env.LEDGER === 'full' ? { subscribers: 200, events: 20_000 } : { subscribers: 30, events: 2_000 }
const batchSize = 50

it(
  `D31: ${subscribers} subscribers on two gateways see ${events} transfers, each once and in order, whatever breaks in between`,
  async () => {
    const stack = await stackForTest()
    const own = await stack.startGateway()
    let redis = await startRedis()
    onTestFinished(() => redis.kill())
    const environment = { ...stack.environment, REDIS_URL: redis.url, API_KEY_PLANS: 'standard:1000000' }
    const gateways = [await startGatewayProcess(environment), await startGatewayProcess(environment)]

    const seed = people(own)
    const { key: writing } = await seed.key({ owner: await seed.admin(), scopes: ['transfers:write'], name: 'writer' })
    const { key: reading } = await seed.key({ owner: await seed.admin(), scopes: ['transfers:read'], name: 'reader' })
    const ledgers = await Promise.all(
      Array.from({ length: subscribers }, (_, index) =>
        keepLedger({
          urls: () => [0, 1].map((turn) => gateways[(index + turn) % 2]!.url),
          credential: { 'x-api-key': reading },
        }),
      ),
    )

    let written = 0
    /** An indexer: it asks again until it is answered, and never sends another thing in between. */
    async function write() {
      const transfers = block(batchSize).map(({ timestamp, ...rest }) => ({
        ...rest,
        timestamp: timestamp.toISOString(),
      })) as TokenTransferInput[]
      const query = print(transferOperations.record)
      for (let attempt = 0; ; attempt++) {
        const { url } = gateways[attempt % 2]!
        const answer = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': writing },
          body: JSON.stringify({ query, variables: { transfers } }),
        })
          .then((response) => response.json() as Promise<{ data?: { recordTokenTransfers: object } | null }>)
          .catch(() => null)
        if (answer?.data) break
        await sleep(50)
      }
      written += batchSize
    }

    const superuser = await connectForTest(stack.database.superuserUrl)
    const mishaps = [
      async () => {
        await redis.kill()
        await sleep(1_500)
        redis = await startRedis({ port: redis.port })
      },
      () => gateways[0]!.restart(),
      () =>
        superuser.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      async () => {
        gateways[1]!.freeze()
        await sleep(3_000)
        gateways[1]!.thaw()
      },
      async () => {
        for (const ledger of ledgers) if (Math.random() < 0.3) ledger.cut()
      },
      () => gateways[1]!.restart(),
    ]
    let over = false
    const trouble = (async () => {
      for (let index = 0; !over; index++) {
        await mishaps[index % mishaps.length]!()
        await sleep(300)
      }
    })()
    // In no hurry: each mishap is to meet events on their way.
    while (written < events) {
      await write()
      await sleep((10_000 * batchSize) / events)
    }
    over = true
    await trouble

    const log = await logOf(own.services, 'transfers')
    expect(log).toHaveLength(events)
    for (const ledger of ledgers) {
      await expect.poll(() => ledger.entries.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(events)
    }
    for (const ledger of ledgers) expect(compareWithLog(ledger.entries, log)).toEqual(nothingWrong)
    // It was not for want of trouble.
    expect(ledgers.reduce((sum, ledger) => sum + ledger.subscriptions, 0)).toBeGreaterThan(subscribers * 2)
  },
  process.env.LEDGER === 'full' ? 900_000 : 180_000,
)

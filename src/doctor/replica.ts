import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { placeOf } from '../unreachable.ts'
import { type Check, failed, ok, type Patient, warning } from './check.ts'
import { ask, askRow, whyNot } from './database.ts'

const maxLagMs = 5_000
const lookEveryMs = 100

/** Reads may go there. Without it they go to the primary. */
export const replicaCheck = ({ config }: Patient): Check => ({
  name: 'replica',
  async run() {
    const url = config.database?.replicaUrl
    if (!url) return [ok('none (DATABASE_REPLICA_URL is not set): everything is read from the primary')]
    try {
      return await ask(url, (client) => examineReplica(client, config.database!.url))
    } catch (error) {
      return [failed(`${placeOf(url)}: ${whyNot(error)}`, 'start it, correct DATABASE_REPLICA_URL, or unset it')]
    }
  },
})

async function examineReplica(client: pg.Client, primaryUrl: string) {
  const { recovers, system } = await askRow<{ recovers: boolean; system: string }>(
    client,
    'select pg_is_in_recovery() as recovers, (select system_identifier::text from pg_control_system()) as system',
  )
  if (!recovers)
    return [failed('this server is no replica: it takes writes', 'let DATABASE_REPLICA_URL name a standby')]
  const primary = await findPrimary(primaryUrl)
  if (!primary) return [ok('it is one; how far behind is not known without the primary')]
  if (primary.system !== system) {
    return [failed('it is a replica of another server', 'let DATABASE_REPLICA_URL name a standby of DATABASE_URL')]
  }
  if (await reaches(client, primary.at)) return [ok('it follows the primary')]
  const advice = 'look at its load and at the network: reads go to the primary as long as it is behind'
  return [warning(`it is more than ${maxLagMs / 1000} s behind the primary`, advice)]
}

/** Null when it cannot be asked: that is another check's matter. */
const findPrimary = (url: string) =>
  ask(url, (client) =>
    askRow<{ system: string; at: string }>(
      client,
      'select system_identifier::text as system, pg_current_wal_lsn()::text as at from pg_control_system()',
    ),
  ).catch(() => null)

/** Whether it gets in time to where the primary was. */
async function reaches(client: pg.Client, at: string) {
  const deadline = performance.now() + maxLagMs
  for (;;) {
    const { there } = await askRow<{ there: boolean | null }>(
      client,
      'select pg_last_wal_replay_lsn() >= $1::pg_lsn as there',
      [at],
    )
    if (there) return true
    if (performance.now() > deadline) return false
    await sleep(lookEveryMs)
  }
}

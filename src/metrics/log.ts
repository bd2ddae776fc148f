import { streams } from '../db/schema/event.ts'
import type { Tails } from '../log/tails.ts'
import type { Metrics } from './index.ts'

/** How far this process has followed the log, and since when it has not been compared with it. */
export function readTails({ read }: Metrics, tails: Tails) {
  read(
    'gauge',
    { name: 'gatehouse_log_position', help: 'The last event of a stream that this process has applied' },
    () => streams.map((stream) => [{ stream }, tails.of(stream).head.position] as const),
  )
  read(
    'gauge',
    { name: 'gatehouse_log_age_seconds', help: 'Since the last comparison with PostgreSQL; over 2 nothing is fresh' },
    () => {
      const { ageSeconds } = tails.health()
      return Number.isFinite(ageSeconds) ? [[{}, ageSeconds] as const] : []
    },
  )
  read(
    'counter',
    { name: 'gatehouse_log_doubts_total', help: 'How often what was heard did not continue the log' },
    () => [[{}, tails.health().doubts]],
  )
}

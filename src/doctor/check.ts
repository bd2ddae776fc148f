import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { CommandParts } from '../embedded/command.ts'
import type { Logger } from '../logger.ts'

type State = 'ok' | 'warning' | 'failed'
export type Finding = {
  state: State
  /** What was found, as a sentence without its end. */
  found: string
  /** What to do about it. */
  advice?: string
}

/** One dependency, looked at by itself: it says something useful when all others are down. */
export type Check = { name: string; run(): Promise<Finding[]> }

/** What checks look at. Parts are opened when they are asked for. */
export type Patient = { config: Config; parts: CommandParts; logger: Logger }

export const ok = (found: string): Finding => ({ state: 'ok', found })
export const warning = (found: string, advice: string): Finding => ({ state: 'warning', found, advice })
export const failed = (found: string, advice: string): Finding => ({ state: 'failed', found, advice })

/** Whatever it asks has a bound of its own: this one is for what nobody thought of. */
const checkMs = 60_000

/** All checks at once, in the order in which they are named. One that breaks is a finding. */
export function examine(checks: readonly Check[]) {
  return Promise.all(
    checks.map(async ({ name, run }) => {
      const giveUp = new AbortController()
      const tooLate = sleep(checkMs, [failed(`did not answer within ${checkMs / 1000} s`, 'try again')], {
        signal: giveUp.signal,
      })
      const findings = await Promise.race([run().catch(broken), tooLate]).finally(() => giveUp.abort())
      tooLate.catch(() => {})
      return { name, findings }
    }),
  )
}

/** Its first line: a stack is of no use to whoever asked. */
const broken = (error: unknown) => [
  failed(`cannot be examined: ${(error as Error).message.split('\n')[0]}`, 'run it again with LOG_LEVEL=debug'),
]

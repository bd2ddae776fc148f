import type { z } from 'zod'
import type { Services } from '../services.ts'

type Definition<Payload> = {
  name: string
  /** What is in the job. It may have been added by another version of this program, so it is parsed when it runs. */
  schema: z.ZodType<Payload>
  /** When it runs by itself: a crontab's five fields, in UTC. */
  cron?: string
  /** How far back a run is made up for that no process was there for. */
  catchUpMs?: number
  run(services: Services, payload: Payload): Promise<unknown>
}
export type Task = Pick<Definition<never>, 'name' | 'cron' | 'catchUpMs'> & {
  run(services: Services, payload: unknown): Promise<void>
}

/** A job of the background: run at least once, by one process at a time, and again later when it throws. */
export const defineTask = <Payload>({ schema, run, ...rest }: Definition<Payload>): Task => ({
  ...rest,
  async run(services, payload) {
    await run(services, schema.parse(payload))
  },
})

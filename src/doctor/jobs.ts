import { assertDatabaseIn } from '../embedded/command.ts'
import { type Check, ok, type Patient, warning } from './check.ts'
import { ask, ownerOf } from './database.ts'

/** Whether what commits leave to be done is done. */
export const jobsCheck = ({ config, parts }: Patient): Check => ({
  name: 'jobs',
  async run() {
    try {
      if (config.database === null) assertDatabaseIn(config.dataDir)
      const ownerUrl = await ownerOf(await parts.database())
      if (!ownerUrl) return [ok('of the owner’s alone to look at: DATABASE_OWNER_URL is not set here')]
      return await jobFindings(ownerUrl)
    } catch {
      return [ok('not looked at: the database cannot be used')]
    }
  },
})

const jobFindings = (ownerUrl: string) =>
  ask(ownerUrl, async (client) => {
    const { rows } = await client.query<{ task: string; overdue: number; given_up: number }>(
      `select task_identifier as task,
        count(*) filter (where attempts < max_attempts and locked_at is null and run_at < now() - interval '10 minutes')::int as overdue,
        count(*) filter (where attempts >= max_attempts)::int as given_up
      from graphile_worker.jobs group by task_identifier order by task_identifier`,
    )
    const listed = (of: 'overdue' | 'given_up') =>
      rows.flatMap((row) => (row[of] > 0 ? [`${row.task} (${row[of]})`] : []))
    const [overdue, givenUp] = [listed('overdue'), listed('given_up')]
    const findings = []
    if (overdue.length > 0) {
      const advice = 'start a gateway, or a worker, that knows DATABASE_OWNER_URL'
      findings.push(warning(`nobody has taken for ten minutes: ${overdue.join(', ')}`, advice))
    }
    if (givenUp.length > 0) {
      const advice = 'see in the log why they failed'
      findings.push(warning(`failed as often as they are tried: ${givenUp.join(', ')}`, advice))
    }
    return findings.length > 0 ? findings : [ok('none is overdue, and none was given up')]
  })

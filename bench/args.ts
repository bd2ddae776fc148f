import { parseArgs } from 'node:util'

export type Settings = {
  rounds: number
  seconds: number
  sockets: number[]
  servers: string[] | null
  workloads: string[] | null
  growth: boolean
  workers: boolean
  quick: boolean
  durable: boolean
  profile: boolean
  /** Less than everything, or slower: no figures to show to others. */
  isPart: boolean
}

/** Of a whole run. */
const leastRounds = 3
const leastSeconds = 2

const usage = `npm run bench -- [benchmark] [flags]

  subscriptions   fan-out over WebSocket, beside other servers and the limits
  transfers       transfers into the log, beside the same transaction by hand
  reads           queries, uncached and from the cache, beside other servers and the limits

Without a name all of them, one after the other.

  --rounds N        how often each is measured, in turn; medians are shown (3)
  --seconds S       how long each step of the load lasts (2)
  --sockets A,B,…   numbers of subscribers (500,2000,5000)
  --servers A,B,…   only these (subscriptions, reads)
  --workloads A,B,… only these of W1 to W4 (reads)
  --growth          the list page at 2 million applications as well (reads)
  --workers         one and two processes on all cores as well (reads)
  --durable         PostgreSQL waits for the disk at each commit
  --profile         CPU profiles of the servers beside the results; slower
  --quick           one short round, with 500 subscribers, within a minute

What --servers, --workloads, --sockets, --profile, --quick or less time give is kept as results/<benchmark>-part.md, beside that of a whole run.`

/** What is asked for, or why it is not understood. */
export function readArgs(
  args: string[],
): { benchmark: string | null; settings: Settings } | { usage: string; fault: string | null } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        sockets: { type: 'string' },
        servers: { type: 'string' },
        workloads: { type: 'string' },
        growth: { type: 'boolean', default: false },
        workers: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        durable: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const [benchmark, ...rest] = positionals
    if (values.help) return { usage, fault: null }
    if (rest.length > 0) throw new Error(`One benchmark at a time: ${positionals.join(' ')}`)
    const { quick } = values
    const sockets = (values.sockets ?? (quick ? '500' : '500,2000,5000')).split(',')
    const rounds = positive('rounds', values.rounds ?? (quick ? '1' : `${leastRounds}`), Number.isInteger)
    const seconds = positive('seconds', values.seconds ?? (quick ? '0.5' : `${leastSeconds}`))
    return {
      benchmark: benchmark ?? null,
      settings: {
        rounds,
        seconds,
        sockets: sockets.map((text) => positive('sockets', text, Number.isInteger)),
        servers: values.servers?.split(',') ?? null,
        workloads: values.workloads?.split(',') ?? null,
        growth: values.growth,
        workers: values.workers,
        quick,
        durable: values.durable,
        profile: values.profile,
        isPart:
          rounds < leastRounds ||
          rounds * seconds < leastRounds * leastSeconds ||
          values.profile ||
          [values.servers, values.workloads, values.sockets].some((given) => given !== undefined),
      },
    }
  } catch (error) {
    return { usage, fault: (error as Error).message }
  }
}

function positive(name: string, text: string, isKind: (value: number) => boolean = Number.isFinite): number {
  const value = Number(text)
  if (!isKind(value) || value <= 0) throw new Error(`--${name}: ${text} is not a number above 0`)
  return value
}

/** Those that a flag names; all without it. */
export function chosenOf<Named extends { name: string }>(flag: string, all: Named[], names: string[] | null): Named[] {
  const unknown = names?.find((name) => !all.some((one) => one.name === name))
  if (unknown !== undefined)
    throw new Error(`--${flag}: '${unknown}' is none of ${all.map(({ name }) => name).join(', ')}`)
  return all.filter(({ name }) => names === null || names.includes(name))
}

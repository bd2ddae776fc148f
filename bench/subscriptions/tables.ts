import { ratio, type Table, tenths, times, whole } from '../report.ts'
import { median } from '../statistics.ts'
import { type Measurement, steadyPerSecond } from './measure.ts'
import { type Subject, subjects } from './servers.ts'
import type { Step } from './step.ts'

type Figures = ReturnType<typeof figuresOf>

/** The medians of the rounds of one server. */
function figuresOf(measurements: Measurement[], subject: string, sockets: number) {
  const rounds = measurements.filter((one) => one.subject === subject && one.sockets === sockets)
  const of = (value: (one: Measurement) => number | null) => median(rounds.map(value))
  const perSecond = of(({ peak }) => peak.deliveriesPerSecond)
  return {
    perSecond,
    cpuMicros: of(({ peak }) => peak.cpuMicrosPerDelivery),
    p50Ms: of(({ peak }) => peak.p50Ms),
    p99Ms: of(({ peak }) => peak.p99Ms),
    steadyP50Ms: of(({ steady }) => steady.p50Ms),
    steadyP99Ms: of(({ steady }) => steady.p99Ms),
    idleP50Ms: of(({ idle }) => idle.p50Ms),
    idleP99Ms: of(({ idle }) => idle.p99Ms),
    kilobytes: of(({ bytesPerSocket }) => bytesPerSocket / 1024),
    boundBy: rounds.map(({ steps }) => boundBy(steps.at(-1)!)).join(' '),
  }
}

/** What had no more to give when the deliveries fell behind. */
function boundBy(step: Step): string {
  const [reason] = Object.keys(step.ended)
  if (reason) return reason
  if (step.serverCpu > 0.9) return 'server'
  if (step.clientCpu > 0.9) return 'client'
  return step.duePerSecond < step.wantedPerSecond * 0.95 ? 'writer' : 'machine'
}

export function tableOf(measurements: Measurement[], sockets: number): Table {
  const measured = subjects.filter(({ name }) => measurements.some(({ subject }) => subject === name))
  const limit = figuresOf(measurements, 'limit-send', sockets)
  return {
    title: `${whole(sockets)} subscribers`,
    columns: [
      'server',
      'deliveries/s',
      'of `ws.send`',
      'CPU µs each',
      'p50 ms',
      'p99 ms',
      `p50 ms at ${steadyPerSecond / 1_000}k/s`,
      `p99 ms at ${steadyPerSecond / 1_000}k/s`,
      'p50 ms idle',
      'p99 ms idle',
      'KB a socket',
      'bound by',
    ],
    rows: measured.map(({ name, title }) => {
      const found = figuresOf(measurements, name, sockets)
      return [
        title,
        whole(found.perSecond),
        times(ratio(found.perSecond, limit.perSecond)),
        ...[found.cpuMicros, found.p50Ms, found.p99Ms, found.steadyP50Ms, found.steadyP99Ms].map(tenths),
        ...[found.idleP50Ms, found.idleP99Ms, found.kilobytes].map(tenths),
        found.boundBy,
      ]
    }),
  }
}

const bestOf = (figures: Figures[], value: (figures: Figures) => number | null) =>
  figures.reduce<number | null>((best, one) => Math.max(best ?? 0, value(one) ?? 0) || null, null)

/** Ours beside the best peer and the limit, and what it should be at least. */
export function targetsOf(measurements: Measurement[], socketCounts: number[]): Table {
  const rows = socketCounts.flatMap((sockets) => {
    const of = (role: Subject['role']) =>
      subjects.filter((subject) => subject.role === role).map(({ name }) => figuresOf(measurements, name, sockets))
    const ours = of('ours')[0]!
    const limit = figuresOf(measurements, 'limit-send', sockets)
    const leastCpu = bestOf(of('peer'), ({ cpuMicros }) => ratio(1, cpuMicros))
    const lines: [string, number | null, number, 'least' | 'most', (value: number | null) => string][] = [
      [
        'deliveries/s, of the best peer',
        ratio(
          ours.perSecond,
          bestOf(of('peer'), ({ perSecond }) => perSecond),
        ),
        4,
        'least',
        times,
      ],
      ['deliveries/s, of `ws.send`', ratio(ours.perSecond, limit.perSecond), 0.8, 'least', times],
      ['deliveries a CPU second, of the best peer', ratio(ratio(1, ours.cpuMicros), leastCpu), 4, 'least', times],
      [`p99 ms at ${whole(steadyPerSecond)} deliveries/s`, ours.steadyP99Ms, 10, 'most', tenths],
      ['p50 ms, commit to client, idle', ours.idleP50Ms, 5, 'most', tenths],
      ['p99 ms, commit to client, idle', ours.idleP99Ms, 25, 'most', tenths],
      ['KB an idle socket', ours.kilobytes, 20, 'most', tenths],
    ]
    return lines.map(([name, value, bound, kind, shown]) => [
      whole(sockets),
      name,
      shown(value),
      `${kind === 'least' ? '≥' : '≤'} ${bound}`,
      value === null ? '' : (kind === 'least' ? value >= bound : value <= bound) ? 'yes' : 'no',
    ])
  })
  return { title: 'Gatehouse and its targets', columns: ['subscribers', 'figure', 'is', 'target', 'met'], rows }
}

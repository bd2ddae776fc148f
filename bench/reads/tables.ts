import { chartOf } from '../chart.ts'
import { type Table, tenths, times, whole } from '../report.ts'
import { median, medianRatio, percentile } from '../statistics.ts'
import type { Run } from './measure.ts'
import { subjects } from './servers.ts'
import type { Workload } from './workloads.ts'

type Value = (run: Run) => number
const perSecond: Value = (run) => run.perSecond
const nodeCpu: Value = (run) => run.nodeCpuMs
const postgresCpu: Value = (run) => run.postgresCpuMs

const runsOf = (runs: Run[], subject: string, workload: string) =>
  runs.filter((run) => run.subject === subject && run.workload === workload)

/** The medians of the rounds of one server. */
export function figuresOf(runs: Run[], subject: string, workload: string) {
  const rounds = runsOf(runs, subject, workload)
  const rates = rounds.map(perSecond)
  const of = (value: Value) => median(rounds.map(value))
  return {
    perSecond: median(rates),
    middleHalf: [0.25, 0.75].map((share) => percentile(rates, share)),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    nodeCpuMs: of(nodeCpu),
    postgresCpuMs: of(postgresCpu),
    megabytes: of(({ residentBytes }) => residentBytes / 2 ** 20),
    kilobytes: of(({ bytes }) => bytes / 1024),
    hitShare: of(({ hitShare }) => hitShare),
    boundBy: boundByIn(rounds),
  }
}

const busy = 0.9

/** Whose core had no more to give, and who of those that share the other took most of it. */
function boundBy({ serverCpu, clientCpu, postgresCpu }: Run): string {
  if (serverCpu > busy) return 'server'
  if (clientCpu + postgresCpu < busy) return 'machine'
  return clientCpu > postgresCpu ? 'client' : 'PostgreSQL'
}

/** Of many rounds: by whom, and how often. */
export const boundByIn = (runs: Run[]) =>
  Object.entries(Object.groupBy(runs, boundBy))
    .map(([by, found]) => `${by} ${found!.length}`)
    .join(', ')

export const thousandths = (value: number | null) => (value === null ? '–' : value.toFixed(3))

const measuredIn = (runs: Run[], { name }: Workload) =>
  subjects.filter((subject) => runs.some((run) => run.subject === subject.name && run.workload === name))

export function tableOf(runs: Run[], workload: Workload): Table {
  return {
    title: workload.title,
    columns: [
      'server',
      'req/s',
      'middle half',
      'of the limit',
      'CPU ms, Node',
      'CPU ms, PostgreSQL',
      'p50 ms',
      'p99 ms',
      'MB',
      'KB an answer',
      'x-cache hits',
      'bound by',
    ],
    rows: measuredIn(runs, workload).map(({ name, title, role }) => {
      const found = figuresOf(runs, name, workload.name)
      return [
        title,
        whole(found.perSecond),
        found.middleHalf.map(whole).join('–'),
        times(ratioIn(runs, workload.name, name, 'limit')),
        thousandths(found.nodeCpuMs),
        // Also of what is cached: a cache that does not answer shows here.
        thousandths(found.postgresCpuMs),
        tenths(found.p50Ms),
        tenths(found.p99Ms),
        whole(found.megabytes),
        tenths(found.kilobytes),
        role === 'ours' ? `${whole((found.hitShare ?? 0) * 100)} %` : '–',
        found.boundBy,
      ]
    }),
  }
}

function ratioIn(runs: Run[], workload: string, ours: string, theirs: string, value = perSecond): number | null {
  return medianRatio(runsOf(runs, ours, workload), runsOf(runs, theirs, workload), value)
}

/** Of the peer that is closest. */
function leastOfPeers(ratioTo: (peer: string) => number | null): number | null {
  const peers = subjects.filter(({ role }) => role === 'peer').map(({ name }) => ratioTo(name))
  const known = peers.filter((value) => value !== null)
  return known.length > 0 ? Math.min(...known) : null
}

type Bounds = { peer: number; limit: number; nodeCpu?: number; postgresCpu?: number; hits?: number }
/** Of the best peer and of the limit at least; of the limit's CPU time at most. */
const bounds: Record<string, Bounds> = {
  W1: { peer: 1.5, limit: 0.7, nodeCpu: 4, postgresCpu: 1.2 },
  W2: { peer: 1.2, limit: 0.45 },
  W3: { peer: 4.5, limit: 0.5, hits: 0.99 },
  W4: { peer: 3, limit: 0.5, hits: 0.99 },
}

export function targetRows(runs: Run[], measured: Workload[]): string[][] {
  return measured.flatMap(({ name }) => {
    const bound = bounds[name]!
    const of = (theirs: string, value?: Value) => ratioIn(runs, name, 'gatehouse', theirs, value)
    const inverse = (value: number | null) => (value === null ? null : 1 / value)
    const { hitShare } = figuresOf(runs, 'gatehouse', name)
    const lines: [string, number | null, number | undefined, 'least' | 'most'][] = [
      ['req/s, of the best peer', leastOfPeers(of), bound.peer, 'least'],
      [
        'requests a CPU second of Node, of the best peer',
        leastOfPeers((peer) => inverse(of(peer, nodeCpu))),
        bound.peer,
        'least',
      ],
      ['req/s, of the limit', of('limit'), bound.limit, 'least'],
      ['CPU of Node, of the limit', of('limit', nodeCpu), bound.nodeCpu, 'most'],
      ['CPU of PostgreSQL, of the limit', of('limit', postgresCpu), bound.postgresCpu, 'most'],
      ['answers from the cache, of all', hitShare, bound.hits, 'least'],
    ]
    return lines.flatMap(([figure, value, at, kind]) =>
      at === undefined ? [] : [targetRow([name, figure], value, at, kind)],
    )
  })
}

export const targetsTable = (rows: string[][]): Table => ({
  title: 'Gatehouse and its targets',
  columns: ['workload', 'figure', 'is', 'target', 'met'],
  rows,
})

export function targetRow(names: string[], value: number | null, bound: number, kind: 'least' | 'most'): string[] {
  const isMet = value !== null && (kind === 'least' ? value >= bound : value <= bound)
  const sign = kind === 'least' ? '≥' : '≤'
  return [...names, times(value), `${sign} ${bound} ×`, value === null ? '–' : isMet ? 'yes' : 'no']
}

/** The same requests a second as bars. */
export const chartOfRuns = (runs: Run[], measured: Workload[]) =>
  chartOf(
    'Requests a second of one process on one core',
    measured.map((workload) => ({
      title: workload.title,
      bars: measuredIn(runs, workload).map(({ name, title, role }) => {
        const { perSecond } = figuresOf(runs, name, workload.name)
        return { label: title.replaceAll('**', ''), value: perSecond ?? 0, shown: whole(perSecond), kind: role }
      }),
    })),
  )

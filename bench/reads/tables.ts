import { chartOf } from '../chart.ts'
import { ratio, type Table, tenths, times, whole } from '../report.ts'
import { median } from '../statistics.ts'
import type { Run } from './measure.ts'
import { subjects } from './servers.ts'
import type { Workload } from './workloads.ts'

/** The medians of the rounds of one server. */
export function figuresOf(runs: Run[], subject: string, workload: string) {
  const rounds = runs.filter((run) => run.subject === subject && run.workload === workload)
  const of = (value: (run: Run) => number) => median(rounds.map(value))
  return {
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    nodeCpuMs: of(({ nodeCpuMs }) => nodeCpuMs),
    postgresCpuMs: of(({ postgresCpuMs }) => postgresCpuMs),
    megabytes: of(({ residentBytes }) => residentBytes / 2 ** 20),
    kilobytes: of(({ bytes }) => bytes / 1024),
    hitShare: of(({ hitShare }) => hitShare),
    boundBy: rounds.map(boundBy).join(' '),
  }
}

const busy = 0.9

/** Whose core had no more to give, and who of those that share the other took most of it. */
export function boundBy({ serverCpu, clientCpu, postgresCpu }: Run): string {
  if (serverCpu > busy) return 'server'
  if (clientCpu + postgresCpu < busy) return 'machine'
  return clientCpu > postgresCpu ? 'client' : 'PostgreSQL'
}

export const thousandths = (value: number | null) => (value === null ? '–' : value.toFixed(3))

const measuredIn = (runs: Run[], { name }: Workload) =>
  subjects.filter((subject) => runs.some((run) => run.subject === subject.name && run.workload === name))

export function tableOf(runs: Run[], workload: Workload): Table {
  const limit = figuresOf(runs, 'limit', workload.name)
  return {
    title: workload.title,
    columns: [
      'server',
      'req/s',
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
        times(ratio(found.perSecond, limit.perSecond)),
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

const figuresOfPeers = (runs: Run[], workload: string) =>
  subjects.filter(({ role }) => role === 'peer').map(({ name }) => figuresOf(runs, name, workload))

const best = (values: (number | null)[], choose: (...values: number[]) => number) => {
  const known = values.filter((value) => value !== null)
  return known.length > 0 ? choose(...known) : null
}
const mostOfPeers = (runs: Run[], workload: string) =>
  best(
    figuresOfPeers(runs, workload).map(({ perSecond }) => perSecond),
    Math.max,
  )
const leastCpuOfPeers = (runs: Run[], workload: string) =>
  best(
    figuresOfPeers(runs, workload).map(({ nodeCpuMs }) => nodeCpuMs),
    Math.min,
  )

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
    const ours = figuresOf(runs, 'gatehouse', name)
    const limit = figuresOf(runs, 'limit', name)
    const lines: [string, number | null, number | undefined, 'least' | 'most'][] = [
      ['req/s, of the best peer', ratio(ours.perSecond, mostOfPeers(runs, name)), bound.peer, 'least'],
      [
        'requests a CPU second of Node, of the best peer',
        ratio(leastCpuOfPeers(runs, name), ours.nodeCpuMs),
        bound.peer,
        'least',
      ],
      ['req/s, of the limit', ratio(ours.perSecond, limit.perSecond), bound.limit, 'least'],
      ['CPU of Node, of the limit', ratio(ours.nodeCpuMs, limit.nodeCpuMs), bound.nodeCpu, 'most'],
      ['CPU of PostgreSQL, of the limit', ratio(ours.postgresCpuMs, limit.postgresCpuMs), bound.postgresCpu, 'most'],
      ['answers from the cache, of all', ours.hitShare, bound.hits, 'least'],
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

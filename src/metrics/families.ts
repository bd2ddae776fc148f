import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'

export type Labels = Record<string, string>
type Value = { labels: Labels; value: number; metricName?: string }
type Described = { name: string; help: string }

/** Seconds: from what memory answers to what is given up. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Families of numbers that cost next to nothing to count: what happens adds to a plain number, and the form that
 * Prometheus reads is made when it asks. Values of labels come from us alone, never from clients.
 */
export function createFamilies() {
  const registry = new Registry()

  function register(described: Described, type: string, values: () => Value[]) {
    const family = { ...described, type, aggregator: 'sum' }
    registry.registerMetric({ ...family, get: () => ({ ...family, values: values() }) } as unknown as Metric)
  }

  return {
    registry,
    /** Once in a process that shows them: what watches the event loop and the garbage collector is never taken back. */
    addProcess: () => collectDefaultMetrics({ register: registry }),
    /** Counted where it happens. */
    counter<Name extends string>({ labelNames, ...described }: Described & { labelNames: readonly Name[] }) {
      const series = createSeries(labelNames, () => ({ value: 0 }))
      register(described, 'counter', () => series.all().map(({ labels, kept }) => ({ labels, value: kept.value })))
      return {
        add(...labels: string[]) {
          series.of(labels).value += 1
        },
        /** Shown as 0 before it first happens: Prometheus sees no increase in what was not there. */
        begin: (...labels: string[]) => void series.of(labels),
      }
    },
    /** How long things take, in seconds. */
    durations<Name extends string>({ labelNames, ...described }: Described & { labelNames: readonly Name[] }) {
      const series = createSeries(labelNames, createDurations)
      register(described, 'histogram', () =>
        series.all().flatMap(({ labels, kept }) => kept.values(described.name, labels)),
      )
      return { of: (...labels: string[]): { observe(seconds: number): void } => series.of(labels) }
    },
    /** What is known elsewhere, read when Prometheus asks. */
    read(type: 'gauge' | 'counter', described: Described, read: () => Iterable<readonly [Labels, number]>) {
      register(described, type, () => Array.from(read(), ([labels, value]) => ({ labels, value })))
    },
  }
}

function createSeries<Kept>(labelNames: readonly string[], create: () => Kept) {
  const series = new Map<string, { labels: Labels; kept: Kept }>()
  return {
    of(values: readonly string[]): Kept {
      const key = values.length === 1 ? values[0]! : values.join(' ')
      const found = series.get(key)
      if (found) return found.kept
      const labels = Object.fromEntries(labelNames.map((name, index) => [name, values[index] ?? '']))
      const added = { labels, kept: create() }
      series.set(key, added)
      return added.kept
    },
    all: () => [...series.values()],
  }
}

function createDurations() {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  let sum = 0
  return {
    observe(seconds: number) {
      let index = 0
      while (index < bounds.length && seconds > bounds[index]!) index += 1
      counts[index]! += 1
      sum += seconds
    },
    values(name: string, labels: Labels): Value[] {
      let count = 0
      const buckets = counts.map((found, index) => {
        count += found
        const le = index < bounds.length ? String(bounds[index]) : '+Inf'
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
      })
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ]
    },
  }
}

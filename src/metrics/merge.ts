import { type Metric, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client'

/** A family of numbers as it goes from one process to another. */
export type Family = MetricObjectWithValues<MetricValue<string>>

/** The numbers of several workers in the text format, each with the label of its worker. */
export function mergeFamilies(found: readonly (readonly [worker: string, families: Family[]])[]): Promise<string> {
  const merged = new Map<string, Family>()
  for (const [worker, families] of found) {
    for (const { values, ...family } of families) {
      const known = merged.get(family.name) ?? { ...family, values: [] }
      merged.set(family.name, known)
      known.values.push(...values.map((value) => ({ ...value, labels: { ...value.labels, worker } })))
    }
  }
  const registry = new Registry()
  for (const family of merged.values()) registry.registerMetric({ ...family, get: () => family } as unknown as Metric)
  return registry.metrics()
}

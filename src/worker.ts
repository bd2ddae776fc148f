import cluster from 'node:cluster'
import type { Family } from './metrics/merge.ts'

export type ToWorker = { stop: NodeJS.Signals } | { ask: 'metrics'; id: number } | { text: string; id: number }
export type FromWorker = { ready: string } | { ask: 'all metrics'; id: number } | { metrics: Family[]; id: number }
export type Supervisor = NonNullable<ReturnType<typeof findSupervisor>>

/** Of a process that is one of several workers: what it is told, and what it tells. Null for one that stands alone. */
export function findSupervisor() {
  if (!cluster.isWorker) return null
  const asked = new Map<number, (text: string) => void>()
  let lastQuestion = 0
  let readOwn: (() => Promise<Family[]>) | null = null
  let onStop: (signal: NodeJS.Signals) => void = () => {}
  const tell = (message: FromWorker) => void process.send?.(message, undefined, undefined, () => {})

  process.on('message', (message: ToWorker) => {
    if ('stop' in message) onStop(message.stop)
    else if ('text' in message) {
      asked.get(message.id)?.(message.text)
      asked.delete(message.id)
    } else if (readOwn) {
      const { id } = message
      readOwn().then(
        (metrics) => tell({ metrics, id }),
        () => tell({ metrics: [], id }),
      )
    }
  })

  return {
    ready: (url: string) => tell({ ready: url }),
    onStop(listener: (signal: NodeJS.Signals) => void) {
      onStop = listener
    },
    /** How this process is asked for its own numbers. */
    offerMetrics(read: () => Promise<Family[]>) {
      readOwn = read
    },
    /** The numbers of all workers, as Prometheus reads them. */
    readMetrics: () =>
      new Promise<string>((resolve) => {
        const id = ++lastQuestion
        asked.set(id, resolve)
        tell({ ask: 'all metrics', id })
      }),
  }
}

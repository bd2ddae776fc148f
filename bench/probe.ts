import cluster from 'node:cluster'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answer } from './ask.ts'

/**
 * Loaded into every server before its own code (`node --import`): says what the process has used, and does nothing
 * unless it is asked.
 */
export type Usage = { cpuMicros: number; residentBytes: number }

const usage = (): Usage => {
  const { user, system } = process.cpuUsage()
  return { cpuMicros: user + system, residentBytes: process.memoryUsage.rss() }
}

// The workers of a server that has some answer to it alone.
if (cluster.isPrimary) {
  answer({
    usage,
    /** Without what is waiting to be collected. */
    idleUsage() {
      // Contexts that are made from now on have `gc`.
      setFlagsFromString('--expose-gc')
      const collectGarbage = runInNewContext('gc') as () => void
      collectGarbage()
      collectGarbage()
      return usage()
    },
  })
  // The server lives as long as it would without this.
  process.channel?.unref()
}

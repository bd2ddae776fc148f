import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createAsk } from './ask.ts'
import { type Place, placed } from './machine.ts'

const readyTimeoutMs = 30_000
const stopTimeoutMs = 12_000
export const resultsFolder = fileURLToPath(new URL('results/', import.meta.url))
const probe = fileURLToPath(new URL('probe.ts', import.meta.url))

type Options = {
  name: string
  /** From the folder of this file. */
  file: string
  place: Place
  variables?: Record<string, string>
  /** Loads the probe, and waits for the line that says where it listens. */
  isServer?: boolean
  /** Leaves a CPU profile in `results/` when it ends. */
  profile?: boolean
}
export type Child = Awaited<ReturnType<typeof startChild>>

/** A Node process on its cores that can be asked, and that ends with this one. */
export async function startChild({ name, file, place, variables = {}, isServer = false, profile = false }: Options) {
  const flags = [
    ...(isServer ? ['--import', probe] : []),
    ...(profile ? ['--cpu-prof', '--cpu-prof-dir', resultsFolder, '--cpu-prof-name', `${name}.cpuprofile`] : []),
  ]
  const path = fileURLToPath(new URL(file, import.meta.url))
  const [command, args] = placed(place, process.execPath, [...flags, path])
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...variables },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const ask = createAsk(child, name)
  const exited = once(child, 'exit')

  async function stop() {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    await exited
    clearTimeout(kill)
  }

  let url = ''
  if (isServer) {
    try {
      url = await new Promise<string>((resolve, reject) => {
        const tooLate = setTimeout(() => reject(new Error(`${name} was not ready in time`)), readyTimeoutMs)
        let said = ''
        child.stdout!.on('data', (data) => {
          said += data
          const found = /ready at (\S+)/.exec(said)
          if (!found) return
          clearTimeout(tooLate)
          said = ''
          resolve(found[1]!)
        })
        child.once('exit', () => reject(new Error(`${name} ended before it was ready\n${said}`)))
      })
    } catch (error) {
      await stop()
      throw error
    }
  } else child.stdout!.resume()
  return { name, url, pid: child.pid!, ask, stop }
}

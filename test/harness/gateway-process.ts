import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { freePort } from '../services/free-port.ts'
import { sendSignal, startProcess } from '../services/process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A gateway in a process of its own, that can be killed and started again at its address. */
export async function startGatewayProcess(environment: Record<string, string>) {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  chmodSync(directory, 0o711)
  const url = `http://127.0.0.1:${port}`
  const start = () =>
    startProcess({
      name: 'gateway',
      command: '/usr/bin/env',
      args: [
        ...Object.entries({ ...environment, PORT: String(port), DATA_DIR: directory }).map(
          ([name, value]) => `${name}=${value}`,
        ),
        process.execPath,
        'src/main.ts',
      ],
      cwd: root,
      logFile: join(directory, 'gateway.log'),
      isReady: () =>
        fetch(`${url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
    })
  let running: Awaited<ReturnType<typeof start>> | null = null
  onTestFinished(async () => {
    if (running) sendSignal(running.pid, 'SIGCONT')
    await running?.stop('SIGTERM')
    rmSync(directory, { recursive: true, force: true })
  })
  running = await start()
  return {
    url,
    freeze: () => sendSignal(running!.pid, 'SIGSTOP'),
    thaw: () => sendSignal(running!.pid, 'SIGCONT'),
    async restart() {
      await running!.kill()
      running = await start()
    },
  }
}

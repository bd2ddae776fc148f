import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { eventually } from './log.ts'
import { processEnvironment } from './process-environment.ts'

/** `npm start`, as an operator runs it. */
export function startMain(variables: Record<string, string>, node = process.execPath) {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  chmodSync(dataDir, 0o711)
  const env = { ...processEnvironment, DATA_DIR: dataDir, ...variables }
  const child = spawn(node, ['src/main.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const complaint = text(child.stderr)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
    rmSync(dataDir, { recursive: true, force: true })
  })
  let said = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  return {
    child,
    exited,
    complaint,
    said: () => said,
    /** Where it listens, when it is ready. */
    async url() {
      await eventually(() => said).toMatch(/ready at \S+\n/)
      return /ready at (\S+)\n/.exec(said)![1]!
    },
  }
}

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { processEnvironment } from './process-environment.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `gatehouse …` as an operator runs it, to its end. */
export async function runCommand(words: string[], variables: Record<string, string>) {
  const child = spawn(process.execPath, ['src/cli.ts', ...words], {
    cwd: root,
    env: { ...processEnvironment, PORT: '0', LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  const said = { output: '', stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      said.output += chunk
      said[name] += chunk
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...said }
}

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Of what is measured: the commit of ours, and of the others what is installed, by their names and folders. */
export function versions(packages: Record<string, string>): string {
  const installed = Object.entries(packages).map(([name, folder]) => {
    const manifest = readFileSync(new URL(`node_modules/${folder}/package.json`, import.meta.url), 'utf8')
    return `${name} ${JSON.parse(manifest).version}`
  })
  return [`Gatehouse ${commit()}`, ...installed].join(', ')
}

function commit(): string {
  try {
    const args = ['describe', '--always', '--dirty']
    const cwd = new URL('.', import.meta.url)
    return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'of no commit'
  }
}

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const packages = {
  PostGraphile: 'postgraphile',
  Mercurius: 'mercurius',
  'Apollo Server': '@apollo/server',
  Yoga: 'graphql-yoga',
  Pothos: '@pothos/core',
  drizzle: 'drizzle-orm',
  pg: 'pg',
}

/** Of what is measured: the commit of ours, and of the others what is installed. */
export function versions(): string {
  const installed = Object.entries(packages).map(([name, folder]) => {
    const manifest = readFileSync(new URL(`../node_modules/${folder}/package.json`, import.meta.url), 'utf8')
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

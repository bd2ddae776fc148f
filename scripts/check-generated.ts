import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What is generated and kept: it must be what its sources say. */
const generated = ['schema.graphql', 'test/graphql', 'drizzle']
const generators = [
  ['node', 'scripts/print-schema.ts'],
  ['graphql-codegen', '--config', 'codegen.ts', '--silent'],
  ['drizzle-kit', 'generate'],
] as const

function contents(path: string, found = new Map<string, string>()): Map<string, string> {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) contents(join(path, name), found)
  else found.set(path, readFileSync(path, 'utf8'))
  return found
}
const snapshot = () => new Map(generated.flatMap((path) => [...contents(path)]))

const before = snapshot()
for (const [command, ...args] of generators) execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
const after = snapshot()

const changed = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path))
if (changed.length > 0) {
  console.error(
    `Generated files were not what their sources say; they are now. Look at them and commit:\n  ${changed.join('\n  ')}`,
  )
  process.exitCode = 1
} else console.log('schema.graphql, the typed documents and the migrations are what the code says.')

#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { commands } from './commands/index.ts'
import { ConfigError } from './config.ts'
import { AppError } from './errors.ts'

function usage() {
  const width = Math.max(...commands.map(({ usage }) => usage.length))
  return [
    'gatehouse <command>',
    '',
    ...commands.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    '',
    'Settings come from the environment: see README.md.',
  ].join('\n')
}

function read() {
  try {
    return parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } })
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

async function main(): Promise<number> {
  const given = read()
  if ('fault' in given) return misused(given.fault)
  const { positionals, values } = given
  if (values.help || positionals.length === 0) {
    console.log(usage())
    return 0
  }
  const command = commands.find(({ name }) => name.every((word, index) => positionals[index] === word))
  if (!command) return misused(`There is no command \`${positionals.join(' ')}\`.`)
  const run = await command.load()
  return run(positionals.slice(command.name.length))
}

function misused(fault: string) {
  console.error(`${fault}\n\n${usage()}`)
  return 2
}

/** Plain errors are sentences for whoever runs this; those of other classes are not ours, and their stack is wanted. */
const isSentence = (error: unknown) =>
  error instanceof ConfigError || error instanceof AppError || (error as Error)?.constructor === Error

try {
  process.exitCode = await main()
} catch (error) {
  process.exitCode = error instanceof ConfigError ? 2 : 1
  console.error(isSentence(error) ? (error as Error).message : error)
}

#!/usr/bin/env node
import { parseArgs } from 'node:util'
import type { Command, OptionValues } from './commands/command.ts'
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

const isNamedBy = (words: readonly string[]) => (command: Command) =>
  command.name.every((word, index) => words[index] === word)

/** The command, and what it was given; a sentence when that does not fit. */
function read(given: string[]) {
  const command = commands.find(isNamedBy(given))
  const help = { type: 'boolean', short: 'h' } as const
  const texts = Object.fromEntries((command?.options ?? []).map((name) => [name, { type: 'string' } as const]))
  const booleans = Object.fromEntries((command?.flags ?? []).map((name) => [name, { type: 'boolean' } as const]))
  try {
    const args = given.slice(command?.name.length ?? 0)
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...texts, ...booleans, help },
    })
    const { help: needsHelp, ...options } = values as OptionValues & { help?: boolean }
    const flags = new Set((command?.flags ?? []).filter((name) => name in options))
    return { command, words: positionals, options: options as OptionValues, flags, needsHelp: needsHelp === true }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

async function main(): Promise<number> {
  const given = read(process.argv.slice(2))
  if (given.fault !== undefined) return misused(given.fault)
  const { command, words, options, flags, needsHelp } = given
  if (needsHelp || (!command && words.length === 0)) {
    console.log(usage())
    return 0
  }
  if (!command) return misused(`There is no command \`${words.join(' ')}\`.`)
  const run = await command.load()
  return run(words, options, flags)
}

function misused(fault: string) {
  console.error(`${fault}\n\n${usage()}`)
  return 2
}

/** Plain errors are sentences for whoever runs this; those of other classes are not ours, and their stack is wanted. */
const isSentence = (error: unknown) =>
  error instanceof ConfigError || error instanceof AppError || (error as Error)?.constructor === Error

/** What was asked for cannot be; it has nothing to do with the state of things. */
const isMisuse = (error: unknown) =>
  error instanceof ConfigError || (error instanceof AppError && error.code === 'BAD_USER_INPUT')

try {
  process.exitCode = await main()
} catch (error) {
  process.exitCode = isMisuse(error) ? 2 : 1
  console.error(isSentence(error) ? (error as Error).message : error)
}

#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { commands } from './commands/index.ts'
import { ConfigError } from './config.ts'
import { AppError } from './errors.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' } },
})

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

const command = commands.find(({ name }) => name.every((word, index) => positionals[index] === word))
if (values.help || positionals.length === 0) console.log(usage())
else if (!command) {
  console.error(`There is no command \`${positionals.join(' ')}\`.\n\n${usage()}`)
  process.exitCode = 2
} else {
  try {
    const run = await command.load()
    process.exitCode = await run(positionals.slice(command.name.length))
  } catch (error) {
    process.exitCode = error instanceof ConfigError ? 2 : 1
    console.error(error instanceof ConfigError || error instanceof AppError ? error.message : error)
  }
}

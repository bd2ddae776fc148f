import { readConfig } from '../config.ts'
import { examine, type Finding } from '../doctor/check.ts'
import { checksOf } from '../doctor/index.ts'
import { openParts } from '../embedded/command.ts'
import { createLogger, stderr } from '../logger.ts'
import type { Run } from './command.ts'

const words: Record<Finding['state'], string> = { ok: 'ok', warning: 'warning', failed: 'FAILED' }
/** A gateway that has not come up by then is a finding. */
const borrowMs = 5_000

/** Exit code 0: nothing failed. Warnings are for whoever reads them. */
export const examineSetup: Run = async (_words, _options, flags) => {
  const config = readConfig()
  const logger = createLogger(config.logLevel === 'debug' ? 'debug' : 'silent', stderr)
  const parts = openParts({ config, logger, waitMs: borrowMs })
  try {
    const examined = await examine(checksOf({ config, parts, logger }))
    const lines = examined.flatMap(({ name, findings }) => findings.map((finding) => ({ check: name, ...finding })))
    if (flags.has('json')) console.log(JSON.stringify(lines, null, 2))
    else print(lines)
    return lines.some(({ state }) => state === 'failed') ? 1 : 0
  } finally {
    await parts[Symbol.asyncDispose]()
  }
}

function print(lines: readonly (Finding & { check: string })[]) {
  const width = Math.max(...lines.map(({ check }) => check.length))
  const indent = ' '.repeat('warning'.length + 2 + width + 2)
  for (const { check, state, found, advice } of lines) {
    console.log(`${words[state].padEnd('warning'.length)}  ${check.padEnd(width)}  ${found}`)
    if (advice) console.log(`${indent}→ ${advice}`)
  }
}

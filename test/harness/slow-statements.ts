import { createTestLog } from './mail.ts'

/** A log, and what it says of slow statements. */
export function createSlowLog() {
  const { lines, logger } = createTestLog()
  const slow = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a slow statement')
  return { logger, slow, lines }
}

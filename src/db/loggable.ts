import { databaseErrorOf } from './errors.ts'

/** Statements, their parameters and the details of the driver hold personal data: none of them goes into the log. */
export function loggable(error: unknown) {
  const database = databaseErrorOf(error)
  if (!database) return error
  const { code, constraint, routine } = database as Error &
    Record<'code' | 'constraint' | 'routine', string | undefined>
  const frames = (error instanceof Error ? error.stack : undefined)?.split('\n').filter((line) => /^ +at /.test(line))
  // Class 22 quotes the value that it could not take.
  const message = code?.startsWith('22') ? 'data exception' : database.message
  return { type: 'DatabaseError', message, code, constraint, routine, stack: frames?.join('\n') }
}

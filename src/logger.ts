import { type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

const stdout = 1
/** For commands, whose stdout is their result. */
export const stderr = 2

/** One JSON object a line on stdout. Names, reasons and secrets never go into a log line. */
export const createLogger = (level: string, descriptor = stdout): Logger =>
  pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.password', '*.token', '*.secret'],
    },
    pino.destination(descriptor),
  )

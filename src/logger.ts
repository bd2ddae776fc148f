import { type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

/** One JSON object a line on stdout. Names, reasons and secrets never go into a log line. */
export const createLogger = (level: string): Logger =>
  pino({
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['*.password', '*.token', '*.secret'],
  })

const first = Date.parse('0001-01-01T00:00:00Z')
const last = Date.parse('9999-12-31T23:59:59.999Z')

/** Milliseconds of the years that RFC 3339 can write and PostgreSQL can keep. */
export const isInstant = (milliseconds: unknown): boolean =>
  Number.isSafeInteger(milliseconds) && (milliseconds as number) >= first && (milliseconds as number) <= last

const padded = (count: number, digits: number) =>
  Array.from({ length: count }, (_, n) => String(n).padStart(digits, '0'))
const two = padded(60, 2)
const three = padded(1000, 3)
const timeLength = '00:00:00.000Z'.length
const dayMs = 86_400_000

let lastDay = Number.NaN
let dayText = ''

/** What `toISOString` says, in a quarter of the time where instants of a day come together, as they do in lists. */
export function isoOf(instant: Date): string {
  const ms = instant.getTime()
  const day = Math.floor(ms / dayMs)
  if (day !== lastDay) {
    const text = instant.toISOString()
    lastDay = day
    dayText = text.slice(0, -timeLength)
    return text
  }
  const inDay = ms - day * dayMs
  const seconds = Math.floor(inDay / 1000)
  const minutes = Math.floor(seconds / 60)
  return `${dayText}${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}.${three[inDay % 1000]}Z`
}

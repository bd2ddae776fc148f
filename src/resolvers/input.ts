import { BadUserInputError, type FieldFault } from '../errors.ts'

type MaybeFault = FieldFault | null | undefined | false

/** BAD_USER_INPUT with every fault at once. */
export function assertValid(found: MaybeFault[]): void {
  const faults = found.filter((fault): fault is FieldFault => Boolean(fault))
  if (faults.length > 0) throw new BadUserInputError(faults)
}

/** Never in what people read: control, format (bidirectional, zero width), private and unpaired characters, blank letters. */
const unseen = '\\p{Cs}\\p{Cf}\\p{Co}\\p{Zl}\\p{Zp}\\u115f\\u1160\\u2800\\u3164\\uffa0'
const hidden = new RegExp(`[\\p{Cc}${unseen}]`, 'u')
const hiddenButLineBreaks = new RegExp(`[^\\P{Cc}\\r\\n\\t]|[${unseen}]`, 'u')

/** A text of one line. */
export function lineFault(path: string, value: string, maxLength: number): FieldFault | null {
  return textFaultOf(path, value, maxLength, hidden)
}

/** What people call themselves. */
export const nameFault = (path: string, value: string) => lineFault(path, value, 100)

/** A text of any number of lines, as reasons are. */
export function textFault(path: string, value: string, maxLength: number): FieldFault | null {
  return textFaultOf(path, value, maxLength, hiddenButLineBreaks)
}

function textFaultOf(path: string, value: string, maxLength: number, forbidden: RegExp): FieldFault | null {
  if (value.trim() === '') return { path, message: 'Must not be empty.' }
  if ([...value].length > maxLength) return { path, message: `Must have at most ${maxLength} characters.` }
  return forbidden.test(value) ? { path, message: 'Must not have control or invisible characters.' } : null
}

/** For what an update may leave as it is, but not take away. */
export const clearedFault = (path: string, value: unknown): FieldFault | null =>
  value === null ? { path, message: 'Cannot be cleared.' } : null

export const futureFault = (path: string, value: Date | null): FieldFault | null =>
  value !== null && value.getTime() <= Date.now() ? { path, message: 'Must lie in the future.' } : null

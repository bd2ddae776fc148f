import { BadUserInputError, type FieldFault } from '../errors.ts'

type MaybeFault = FieldFault | null | undefined | false

/** BAD_USER_INPUT with every fault at once. */
export function assertValid(found: MaybeFault[]): void {
  const faults = found.filter((fault): fault is FieldFault => Boolean(fault))
  if (faults.length > 0) throw new BadUserInputError(faults)
}

/** Control characters, and those that turn or hide text (bidirectional overrides, zero width): never in what people read. */
const hidden = /[\p{Cc}\p{Cs}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u
const hiddenButLineBreaks = /[^\P{Cc}\r\n\t]|[\p{Cs}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u

/** A text of one line. */
export function lineFault(path: string, value: string, maxLength: number): FieldFault | null {
  return textFaultOf(path, value, maxLength, hidden)
}

/** A text of any number of lines, as reasons are. */
export function textFault(path: string, value: string, maxLength: number): FieldFault | null {
  return textFaultOf(path, value, maxLength, hiddenButLineBreaks)
}

function textFaultOf(path: string, value: string, maxLength: number, forbidden: RegExp): FieldFault | null {
  if (value.trim() === '') return { path, message: 'Must not be empty.' }
  if ([...value].length > maxLength) return { path, message: `Must have at most ${maxLength} characters.` }
  return forbidden.test(value) ? { path, message: 'Must not have control or invisible characters.' } : null
}

export const futureFault = (path: string, value: Date | null): FieldFault | null =>
  value !== null && value.getTime() <= Date.now() ? { path, message: 'Must lie in the future.' } : null

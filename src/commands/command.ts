/** What was given of a command's options, by name. */
export type OptionValues = Readonly<Record<string, string | undefined>>

/** Gets the words after its name, and the names of the flags that were given; resolves to the exit code. */
export type Run = (words: string[], options: OptionValues, flags: ReadonlySet<string>) => Promise<number>

export type Command = {
  /** The words that name it. */
  name: string[]
  usage: string
  summary: string
  /** Each takes a text. */
  options?: readonly string[]
  /** Options that take nothing. */
  flags?: readonly string[]
  load(): Promise<Run>
}

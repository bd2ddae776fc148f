/** Gets the words after its name; resolves to the exit code. */
export type Run = (words: string[]) => Promise<number>

export type Command = {
  /** The words that name it. */
  name: string[]
  usage: string
  summary: string
  load(): Promise<Run>
}

import type { ChildProcess } from 'node:child_process'

/** Questions to a child process over IPC, each with one answer. */
export type Answers = Record<string, (input: never) => unknown>
type Question = { id: number; name: string; input: unknown }
type Reply = { id: number; result?: unknown; error?: string }

/** Answers what the parent asks. Who has nobody to answer to any more has nothing to do. */
export function answer(answers: Answers) {
  process.on('message', async ({ id, name, input }: Question) => {
    const reply: Reply = { id }
    try {
      reply.result = await answers[name]!(input as never)
    } catch (error) {
      reply.error = String((error as Error).stack ?? error)
    }
    process.send?.(reply)
  })
  process.on('disconnect', () => process.exit(1))
}

/** Asks this child, whose end fails what it has not answered. */
export function createAsk(child: ChildProcess, name: string) {
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>()
  let ended: Error | null = null
  let last = 0
  child.on('message', ({ id, result, error }: Reply) => {
    const asked = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asked?.resolve(result as never)
    else asked?.reject(new Error(`${name}: ${error}`))
  })
  child.on('exit', (code, signal) => {
    ended = new Error(`${name} ended with ${signal ?? `status ${code}`}`)
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  })
  return <Result>(question: string, input?: unknown) =>
    new Promise<Result>((resolve, reject) => {
      if (ended) return reject(ended)
      last += 1
      waiting.set(last, { resolve, reject })
      child.send({ id: last, name: question, input }, (error) => error && reject(error))
    })
}

import { WebSocket } from 'ws'

type Take = (text: string) => Promise<void>
type Operation = { isCompleted: boolean; waiting: string | null }
export type SocketOperations = ReturnType<typeof createSocketOperations>

/**
 * The operations of one socket, each until it has ended. graphql-ws forgets an operation with its `complete`, goes on with
 * it, and would take it for the next one with its id: so that one waits.
 */
export function createSocketOperations(socket: Pick<WebSocket, 'readyState'>) {
  const operations = new Map<string, Operation>()

  async function run(id: string, text: string, take: Take) {
    for (let next: string | null = text; next !== null; ) {
      const operation: Operation = { isCompleted: false, waiting: null }
      operations.set(id, operation)
      const failure = await take(next).then(
        () => null,
        (error: unknown) => ({ error }),
      )
      operations.delete(id)
      if (failure) throw failure.error
      next = socket.readyState === WebSocket.OPEN ? operation.waiting : null
    }
  }

  return {
    /** How many have not ended, those that the client has completed among them. */
    running: () => operations.size,
    async take(text: string, take: Take): Promise<void> {
      const { type, id } = headOf(text)
      const operation = id === undefined ? undefined : operations.get(id)
      if (type === 'subscribe' && id !== undefined && !operation) return run(id, text, take)
      if (type === 'subscribe' && operation?.isCompleted && operation.waiting === null) operation.waiting = text
      else if (type === 'complete' && operation?.waiting != null) operation.waiting = null
      else {
        if (type === 'complete' && operation) operation.isCompleted = true
        await take(text)
      }
    },
  }
}

/** What is no message is for graphql-ws to refuse. */
function headOf(text: string): { type?: unknown; id?: string } {
  try {
    const { type, id } = JSON.parse(text)
    return typeof id === 'string' ? { type, id } : {}
  } catch {
    return {}
  }
}

import type { Doorbell } from './doorbell.ts'
import type { LoggedEvent } from './event.ts'
import type { Tails } from './tails.ts'

type Options = { tails: Tails; doorbell: Doorbell }

/**
 * After a commit whose triggers appended to `accounts`: nobody has the events in hand, so this process's tail looks,
 * and what it finds is passed on to the others.
 */
export async function announceAccounts({ tails, doorbell }: Options): Promise<LoggedEvent[]> {
  const tail = tails.of('accounts')
  const before = tail.head
  await tail.look()
  const found = tail.after(before) ?? []
  if (found.length > 0) doorbell.ring(found)
  return found
}

import type { Writer } from '../db/transaction.ts'

/**
 * After a commit whose triggers appended to `accounts`: nobody has the events in hand, so this process's tail looks,
 * and what it finds is passed on to the others.
 */
export async function announceAccounts({ services, written }: Writer): Promise<void> {
  const { tails, doorbell } = services
  const tail = tails.of('accounts')
  const before = tail.head
  await tail.look()
  const found = tail.after(before) ?? []
  if (found.length > 0) doorbell.ring(found)
  if (written) written.accounts = tail.head
}

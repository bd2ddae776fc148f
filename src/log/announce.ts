import type { Writer } from '../db/transaction.ts'

/**
 * After a commit whose triggers appended to `accounts`: nobody has the events in hand, so this process's tail looks,
 * and what it finds is passed on to the others. It never fails: what is committed is committed, and is found by itself.
 */
export async function announceAccounts({ services, written }: Writer): Promise<void> {
  const { tails, doorbell, logger } = services
  const tail = tails.of('accounts')
  let place = tail.head
  try {
    await tail.look()
  } catch (error) {
    return logger.warn({ err: error }, 'events of accounts could not be announced')
  }
  for (let found = tail.after(place); found?.length; found = tail.after(place)) {
    doorbell.ring(found)
    place = found.at(-1)!
  }
  if (written) written.accounts = tail.head
}

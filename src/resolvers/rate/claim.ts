import { eq, isNotNull, lt, or, sql } from 'drizzle-orm'
import type { Config } from '../../config.ts'
import type { Db } from '../../db/client.ts'
import { exchangeRateRefreshes as refreshes } from '../../db/schema/rate.ts'

/** Beyond the time that a provider has: for what is written then. */
const graceMs = 30_000

/**
 * The one refresh of all processes; null when another is at it. No lock is held while the provider is asked, so a process
 * that died in the middle is waited for until its time is over.
 */
export async function claimRefresh(db: Db, { timeoutMs }: Config['rates']): Promise<Date | null> {
  const abandoned = lt(refreshes.begunAt, sql`now() - make_interval(secs => ${(timeoutMs + graceMs) / 1000})`)
  const [claim] = await db
    .insert(refreshes)
    .values({ begunAt: sql`now()` })
    .onConflictDoUpdate({
      target: refreshes.only,
      set: { begunAt: sql`now()`, endedAt: null, fault: null },
      setWhere: or(isNotNull(refreshes.endedAt), abandoned)!,
    })
    .returning({ begunAt: refreshes.begunAt })
  return claim?.begunAt ?? null
}

/** `fault` is what was wrong with it. Whoever was given up meanwhile has nothing to end. */
export async function endRefresh(db: Db, begunAt: Date, fault: string | null) {
  await db.update(refreshes).set({ endedAt: sql`now()`, fault }).where(eq(refreshes.begunAt, begunAt))
}

export async function isRefreshing(db: Db): Promise<boolean> {
  const [last] = await db.select({ endedAt: refreshes.endedAt }).from(refreshes)
  return last?.endedAt === null
}

import type { Config } from './config.ts'

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  '28P01': 'it refuses the password',
  '28000': 'it refuses the user',
  '3D000': 'it has no such database',
}

/** What a connection broke on, in a few words; null for what is no matter of connections. */
export function whyUnreachable(error: unknown): string | null {
  const { name, code = '' } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError' || name === 'AbortError') return 'it does not answer in time'
  return reasons[code] ?? null
}

/** An error of a first connection says where it failed, not which variable led there. A password is never told. */
export async function namingDatabase<T>({ database }: Config, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = whyUnreachable(error)
    if (!database || !reason) throw error
    const urls = { DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl }
    const named = Object.entries(urls).flatMap(([name, url]) => (url ? `${name} (${placeOf(url)})` : []))
    throw new Error(`The database cannot be used: ${reason}. See ${named.join(' and ')}.`, { cause: error })
  }
}

/** Where a URL leads, and as whom; never with what password. */
export function placeOf(text: string) {
  const url = new URL(text)
  return `${url.username && `${url.username} at `}${url.host}${url.pathname}`
}

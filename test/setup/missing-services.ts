import { existsSync } from 'node:fs'
import { findCeph } from '../services/ceph.ts'
import { findPostgres } from '../services/postgres.ts'
import { findRedis } from '../services/redis.ts'

export const chromiumPath = '/usr/bin/chromium'
export const hasChromium = () => existsSync(chromiumPath)

/** What the stories need that run on real services, by the names of Debian's packages. */
export function missingServices(): string[] {
  return [
    findPostgres() === null && 'postgresql',
    findRedis() === null && 'redis-server',
    !findCeph() && 'ceph-mon ceph-osd radosgw ceph-common',
  ].filter((name) => name !== false)
}

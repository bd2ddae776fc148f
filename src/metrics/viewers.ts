import type { createViewers } from '../auth/viewers.ts'
import type { Metrics } from './index.ts'

export function readViewers({ read }: Metrics, viewers: ReturnType<typeof createViewers>) {
  read('gauge', { name: 'gatehouse_viewers', help: 'Sessions and keys whose rights are kept in memory' }, () => [
    [{}, viewers.kept().viewers],
  ])
}

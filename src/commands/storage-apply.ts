import { readConfig } from '../config.ts'
import { assertStoreIn, openParts } from '../embedded/command.ts'
import { createLogger } from '../logger.ts'
import { localOrigins } from '../server/listener.ts'
import { type AppliedSetting, applyStorage } from '../storage/apply.ts'
import { createStorage } from '../storage/index.ts'
import type { Run } from './command.ts'

const words: Record<AppliedSetting['state'], string> = {
  set: 'set',
  unchanged: 'was already so',
  'not kept': 'not kept by this store',
  failed: 'FAILED',
}

export const applyBuckets: Run = async () => {
  const config = readConfig()
  if (!config.storage.server) assertStoreIn(config)
  const { publicUrl, port, trustedOrigins } = config.server
  const own = publicUrl ? [publicUrl] : port > 0 ? localOrigins(port) : []
  const parts = openParts({ config, logger: createLogger('warn') })
  try {
    const storage = createStorage({ server: await parts.storage(), settings: config.storage })
    try {
      const applied = await applyStorage(storage, { allowedOrigins: [...own, ...trustedOrigins] })
      print(applied)
      return applied.some(({ state, needed }) => state === 'failed' && needed) ? 1 : 0
    } finally {
      storage.close()
    }
  } finally {
    await parts[Symbol.asyncDispose]()
  }
}

function print(applied: readonly AppliedSetting[]) {
  const width = (of: (setting: AppliedSetting) => string) => Math.max(...applied.map((setting) => of(setting).length))
  const bucketWidth = width(({ bucket }) => bucket)
  const whatWidth = width(({ what }) => what)
  for (const { bucket, what, state, why } of applied) {
    const line = [bucket.padEnd(bucketWidth), what.padEnd(whatWidth), words[state]].join('  ')
    console.log(why === null ? line : `${line}: ${why}`)
  }
}

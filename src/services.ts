import type { ExecutionResult } from 'graphql'
import { createAuth } from './auth/index.ts'
import { createKeyUse } from './auth/key-use.ts'
import { createAuthMails } from './auth/mails.ts'
import { createSharedViewers } from './auth/shared-viewers.ts'
import { createViewers } from './auth/viewers.ts'
import { createAnswers } from './cache/answers.ts'
import { createFreshness } from './cache/freshness.ts'
import { createShared } from './cache/shared.ts'
import { type CoreOptions, createCore } from './core.ts'
import { createPersonalData } from './db/personal-data.ts'
import { createReads } from './db/reads.ts'
import type { Runtime } from './embedded/index.ts'
import { createMail } from './mail/transport.ts'
import { readViewers } from './metrics/viewers.ts'
import { createLimiter } from './rate-limit/index.ts'
import { createRetractions } from './resolvers/transfer/retractions.ts'
import { createStorage } from './storage/index.ts'

export type Services = ReturnType<typeof createServices>
type Options = Pick<CoreOptions, 'config' | 'logger' | 'metrics' | 'onQuery'> & { runtime: Runtime }

/** The long-lived things of a process, made in the order in which they need each other and ended in the reverse. */
export function createServices({ config, runtime, logger, ...options }: Options) {
  const authSecret = runtime.secrets.auth
  const core = createCore({ config, databaseUrl: runtime.database.url, authSecret, logger, ...options })
  const { pool, db, tails } = core
  const reads = createReads({ ...core, onQuery: options.onQuery })
  const keyUse = createKeyUse({ pool, logger })
  const limiter = createLimiter({ redis: core.redis, logger })
  const shared = createShared(core.redis)
  const freshness = createFreshness({ tails, pool: core.tailPool, logger })
  const sharedViewers = createSharedViewers({ freshness, shared })
  const viewers = createViewers({
    pool,
    tails,
    sharedViewers,
    stepUpSeconds: config.auth.stepUpSeconds,
    defaultPlan: config.apiKeys.plans[0]!.name,
    onKeyUsed: keyUse.note,
  })
  // An event drops viewers first, then it touches what is kept.
  freshness.follow()
  const answers = createAnswers<ExecutionResult>({ freshness, shared, ...config.cache })
  readViewers(core.metrics, viewers)
  const personalData = createPersonalData(runtime.secrets.encryptionKeys)
  const mail = createMail({ config, logger })
  const auth = createAuth({
    mails: createAuthMails({ services: core, personalData, publicUrl: runtime.publicUrl }),
    publicUrl: runtime.publicUrl,
    origins: runtime.origins,
    secret: authSecret,
    config,
    logger,
  })
  const storage = createStorage({ server: runtime.storage, settings: config.storage })
  const retractions = createRetractions({ db, tails })

  return {
    ...core,
    reads,
    publicUrl: runtime.publicUrl,
    origins: runtime.origins,
    sharedViewers,
    viewers,
    answers,
    limiter,
    auth,
    storage,
    personalData,
    mail,
    retractions,
    async [Symbol.asyncDispose]() {
      limiter.close()
      await keyUse.close()
      mail.close()
      storage.close()
      await reads.close()
      await core[Symbol.asyncDispose]()
    },
  }
}

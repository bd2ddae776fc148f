import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { type Context, createContext } from '../../src/context.ts'
import { users } from '../../src/db/schema/auth.ts'
import { newId } from '../../src/ids.ts'
import { createLogger } from '../../src/logger.ts'
import { completeKycDocumentUpload } from '../../src/resolvers/document/complete-upload.ts'
import { requestKycDocumentUpload } from '../../src/resolvers/document/request-upload.ts'
import { createKycApplication } from '../../src/resolvers/kyc/create.ts'
import { createServices, type Services } from '../../src/services.ts'
import { temporaryUpload } from '../../src/storage/buckets.ts'
import type { StorageServer } from '../../src/storage/index.ts'
import { putObject } from '../../src/storage/objects.ts'
import { files } from '../fixtures/files.ts'
import type { TestDatabase } from './database.ts'
import { sha256 } from './document.ts'
import { patience } from './patience.ts'
import { wayForTest } from './way.ts'

const encryptionKeys = [{ id: 'test', key: randomBytes(32) }]

type Options = {
  database: Pick<TestDatabase, 'url' | 'ownerUrl'>
  store: StorageServer
  variables?: Record<string, string>
}

/** What a process has behind its server, jobs not among it: whoever wants them starts them. */
export async function startWorkerServices({ database, store, variables }: Options): Promise<Services> {
  const services = await createServices({
    config: readConfig({ ...patience, ...variables }),
    logger: createLogger(process.env.TEST_LOG_LEVEL ?? 'silent'),
    runtime: {
      database,
      storage: store,
      secrets: { auth: 'a secret of the tests', encryptionKeys },
      publicUrl: 'http://localhost:4000',
      origins: [],
      [Symbol.asyncDispose]: async () => {},
    },
  })
  onTestFinished(() => services[Symbol.asyncDispose]())
  return services
}

/** A signed-in investor with a draft, below HTTP. */
export async function seedApplicant(services: Services) {
  const id = newId('user')
  await services.db.insert(users).values({ id, name: '', email: `${id}@example.com`, emailVerified: true })
  const viewer = {
    kind: 'user',
    id,
    role: 'investor',
    sessionId: 'none',
    expiresAt: Infinity,
    steppedUpUntil: null,
  } as const
  const contextOn = (on: Services): Context =>
    createContext({ services: on, viewer, requestId: 'test', credential: null })
  const { id: applicationId } = await createKycApplication(contextOn(services), { details: {} })
  return { userId: id, applicationId, contextOn }
}
export type Applicant = Awaited<ReturnType<typeof seedApplicant>>

/** An upload whose bytes are in the store. */
export async function seedUpload(ctx: Context, { userId, applicationId }: Applicant) {
  const bytes = files['image/jpeg'](randomBytes(8).toString('hex'))
  const { id } = await requestKycDocumentUpload(ctx, {
    applicationId,
    documentType: 'selfie',
    fileName: 'me.jpg',
    contentType: 'image/jpeg',
    size: bytes.length,
    sha256: sha256(bytes),
  })
  await putObject(ctx.services.storage, temporaryUpload({ userId, id }), { bytes, contentType: 'image/jpeg' })
  return { uploadId: id, bytes }
}

export async function seedDocument(ctx: Context, applicant: Applicant) {
  return completeKycDocumentUpload(ctx, await seedUpload(ctx, applicant))
}

/**
 * Ways to servers that end all at once, for good, before the `after`th time that something is sent: as those of a
 * process that dies at that moment.
 */
export async function startDyingWays(targets: string[], after: number) {
  let left = after
  const ways = await Promise.all(
    targets.map((target) =>
      wayForTest(target, (from, to, isAnswer) => {
        if (left <= 0) return die()
        return from.on('data', (chunk) => {
          if (isAnswer || --left > 0) to.write(chunk)
          else die()
        })
      }),
    ),
  )
  const die = () => {
    for (const { sockets } of ways) for (const socket of sockets) socket.destroy()
  }
  const urls = ways.map(({ url }) => url.replace(/\/$/, ''))
  return { urls, isDead: () => left <= 0 }
}

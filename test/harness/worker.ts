import { randomBytes } from 'node:crypto'
import { createConnection, createServer, type Socket } from 'node:net'
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
  const sockets = new Set<Socket>()
  const die = () => {
    for (const socket of sockets) socket.destroy()
  }
  const ports = await Promise.all(
    targets.map(async (target) => {
      const { hostname, port } = new URL(target)
      const server = createServer((client) => {
        const upstream = createConnection(Number(port), hostname)
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.on('error', () => {}).on('close', () => [client, upstream].map((end) => end.destroy()))
        }
        if (left <= 0) return die()
        upstream.on('data', (chunk) => client.write(chunk))
        client.on('data', (chunk) => {
          if (--left <= 0) die()
          else upstream.write(chunk)
        })
      }).listen(0, '127.0.0.1')
      onTestFinished(() => void server.close())
      await new Promise((resolve) => server.once('listening', resolve))
      return (server.address() as { port: number }).port
    }),
  )
  const urls = targets.map((target, index) => {
    const url = new URL(target)
    url.port = String(ports[index])
    return url.href.replace(/\/$/, '')
  })
  return { urls, isDead: () => left <= 0 }
}

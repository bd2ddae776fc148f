import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, PutObjectLegalHoldCommand } from '@aws-sdk/client-s3'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { tokenMetadata } from '../src/db/schema/token.ts'
import { transaction } from '../src/db/transaction.ts'
import { guardSealedTokens } from '../src/resolvers/token/guard.ts'
import { publishTokenMetadata } from '../src/resolvers/token/publish.ts'
import { sealTokenMetadata } from '../src/resolvers/token/seal.ts'
import { deleteObject } from '../src/storage/objects.ts'
import { files } from './fixtures/files.ts'
import { contextOf } from './harness/accounts.ts'
import { put, sha256 } from './harness/document.ts'
import { throughGate } from './harness/gate.ts'
import { type Person, people, type Stack, stackForTest, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { connectForTest, logOf } from './harness/log.ts'
import { versionsUnder } from './harness/store.ts'
import { newContract, publishToken, sealToken, tokenInput, tokenOperations } from './harness/token.ts'
import { requestUpload, uploadImage } from './harness/upload.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let admin: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
  admin = await seed.admin()
})
afterAll(() => stack.stop())

/** As a wallet reads it. */
async function fetched(url: string) {
  const response = await fetch(url)
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, bytes }
}
const jsonAt = async (url: string) => JSON.parse((await fetched(url)).bytes.toString())

const read = async (contract: { chainId: number; address: string }, who = seed.anonymous()) =>
  (await who.get(tokenOperations.read, contract)).tokenMetadata

const eventsOf = async (id: string) =>
  (await logOf(gateway.services, 'tokens')).filter(({ subjectId }) => subjectId === id)

const keyIn = (url: string) => new URL(url).pathname.replace('/token-metadata/', '')

describe('published metadata', () => {
  it('is for everybody, in GraphQL by token and by id, and null where there is none', async () => {
    const contract = newContract()
    expect(await read(contract)).toBeNull()
    const published = await publishToken(admin, contract)
    expect(published).toEqual({
      id: expect.stringMatching(/^token_/),
      version: 1,
      ...tokenInput(contract),
      logoUrl: null,
      metadataUrl: expect.any(String),
      sealed: false,
      updatedAt: expect.any(String),
    })
    expect(await read(contract)).toEqual(published)
    expect(await read({ ...contract, address: contract.address.toLowerCase() })).toEqual(published)
    expect(await read({ ...contract, chainId: 2 })).toBeNull()
    const { node } = await seed.anonymous().get(tokenOperations.node, { id: published.id })
    expect(node).toEqual({ id: published.id, name: 'Rue Neuve 1', address: contract.address })
  })

  it('is canonical JSON that anybody may fetch, from any page, and keep for ever', async () => {
    const contract = newContract()
    const logo = await uploadImage(admin, 'logo')
    const { metadataUrl, logoUrl } = await publishToken(admin, contract, { logoUploadId: logo.id })
    const json = await fetched(metadataUrl)
    expect(json.bytes.toString()).toBe(
      `{"address":"${contract.address}","chainId":1,"decimals":18,"description":"A house in Brussels.",` +
        `"image":"${logoUrl}","logoURI":"${logoUrl}","name":"Rue Neuve 1","symbol":"RUE1"}`,
    )
    expect(keyIn(metadataUrl)).toBe(`1/${contract.address.toLowerCase()}/metadata-${sha256(json.bytes)}.json`)
    const picture = await fetched(logoUrl!)
    expect(picture.bytes).toEqual(logo.bytes)
    expect(keyIn(logoUrl!)).toBe(`1/${contract.address.toLowerCase()}/logo-${sha256(logo.bytes)}.png`)
    for (const [{ status, headers }, contentType] of [
      [json, 'application/json'],
      [picture, 'image/png'],
    ] as const) {
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
        200,
        contentType,
        'public, max-age=31536000, immutable',
      ])
    }
    const fromPage = await fetch(metadataUrl, { headers: { origin: 'https://wallet.example' } })
    expect(fromPage.headers.get('access-control-allow-origin')).toBe('*')
    await fromPage.arrayBuffer()
    // The bucket itself is not for everybody.
    for (const path of ['', '?versions', '?policy']) {
      expect((await fetched(`${new URL(metadataUrl).origin}/token-metadata${path}`)).status).toBe(403)
    }
    expect((await fetch(metadataUrl, { method: 'PUT', body: '{}' })).status).toBe(403)
    expect((await fetch(metadataUrl, { method: 'DELETE' })).status).toBe(403)
  })

  it('has another address with each change, and the addresses before go on answering', async () => {
    const contract = newContract()
    const logo = await uploadImage(admin, 'first', 'image/jpeg')
    const first = await publishToken(admin, contract, { logoUploadId: logo.id })
    const second = await publishToken(admin, contract, { symbol: 'RUE' })
    expect(second).toMatchObject({ id: first.id, version: 2, symbol: 'RUE', logoUrl: first.logoUrl })
    expect(second.metadataUrl).not.toBe(first.metadataUrl)
    const other = await uploadImage(admin, 'second', 'image/webp')
    const third = await publishToken(admin, contract, { symbol: 'RUE', logoUploadId: other.id })
    expect(third.logoUrl).toMatch(/\.webp$/)
    expect((await fetched(third.logoUrl!)).headers.get('content-type')).toBe('image/webp')
    const { description: _, ...withoutDescription } = tokenInput(contract, { logoUploadId: null })
    const fourth = (await admin.get(tokenOperations.publish, { input: withoutDescription })).publishTokenMetadata
      .metadata
    expect(fourth).toMatchObject({ version: 4, logoUrl: null, description: 'A house in Brussels.' })
    const fifth = await publishToken(admin, contract, { description: null })
    expect(fifth).toMatchObject({ version: 5, logoUrl: null, description: null })

    const versions = [first, second, third, fourth, fifth]
    expect(new Set(versions.map(({ metadataUrl }) => metadataUrl)).size).toBe(5)
    const told = await Promise.all(versions.map(({ metadataUrl }) => jsonAt(metadataUrl)))
    expect(told.map(({ symbol, logoURI, description }) => [symbol, logoURI, description])).toEqual(
      versions.map(({ symbol, logoUrl, description }) => [symbol, logoUrl ?? undefined, description ?? undefined]),
    )
    expect((await eventsOf(first.id)).map(({ type, actorId, payload }) => [type, actorId, payload])).toEqual(
      versions.map(({ version, metadataUrl, logoUrl }) => [
        'token.published',
        admin.id,
        {
          chainId: 1,
          address: contract.address.toLowerCase(),
          version,
          metadataSha256: /-(\w{64})\./.exec(metadataUrl)![1],
          logoSha256: logoUrl && /-(\w{64})\./.exec(logoUrl)![1],
        },
      ]),
    )
  })

  it('that is published again as it is stays as it is, the answer having been lost included', async () => {
    const contract = newContract()
    const { id: logoUploadId } = await uploadImage(admin, 'once')
    const first = await publishToken(admin, contract, { logoUploadId })
    expect(await publishToken(admin, contract, { logoUploadId })).toEqual(first)
    expect(await publishToken(admin, contract)).toEqual(first)
    // The same picture, uploaded again, is used up as well.
    const again = await uploadImage(admin, 'once')
    expect(await publishToken(admin, contract, { logoUploadId: again.id })).toEqual(first)
    expect(await eventsOf(first.id)).toHaveLength(1)
    await jobsDone(stack.database)
    expect(await versionsUnder(gateway.services.storage, 'user-uploads', `${admin.id}/temp/${again.id}`)).toEqual([])
    expect(await versionsUnder(gateway.services.storage, 'token-metadata', keyIn(first.logoUrl!))).toHaveLength(1)
  })

  it('answers at its address after a restart, of the embedded store as well', async () => {
    const dataDir = { DATA_DIR: await mkdtemp(join(tmpdir(), 'gatehouse-tokens-')) }
    onTestFinished(() => rm(dataDir.DATA_DIR, { recursive: true }))
    const own = await stackForTest()
    const first = await own.startGateway(dataDir)
    const publisher = await people(first).admin()
    const { id: logoUploadId } = await uploadImage(publisher, 'restarted')
    const contract = newContract()
    const published = await publishToken(publisher, contract, { logoUploadId })
    await first.close()
    const second = await own.startGateway(dataDir)
    expect(await read(contract, people(second).anonymous())).toEqual(published)
    const { logoURI } = await jsonAt(published.metadataUrl)
    expect((await fetched(logoURI)).status).toBe(200)
  })

  it('of many admins at once is in some order, each as a whole, and none is lost', async () => {
    const contract = newContract()
    const others = await Promise.all([seed.admin(), seed.admin(), seed.admin()])
    const answers = await Promise.all(
      others.map(async (other, index) => {
        const { id } = await uploadImage(other, `of ${index}`)
        const input = tokenInput(contract, { name: `Name ${index}`, symbol: `S${index}`, logoUploadId: id })
        return other.ask(tokenOperations.publish, { input })
      }),
    )
    const published = answers.map(({ data }) => data!.publishTokenMetadata.metadata)
    expect(published.map(({ version }) => version).sort()).toEqual([1, 2, 3])
    for (const { name, symbol, logoUrl, metadataUrl } of published) {
      expect(await jsonAt(metadataUrl)).toMatchObject({ name, symbol, logoURI: logoUrl })
      expect(symbol).toBe(`S${name.at(-1)}`)
    }
    const last = published.find(({ version }) => version === 3)!
    expect(await read(contract)).toEqual(last)
    expect(await eventsOf(last.id)).toHaveLength(3)
  })

  it('that leaves the logo as it is leaves the one that somebody has just published, not the one before', async () => {
    const contract = newContract()
    const [before, after] = [await uploadImage(admin, 'before'), await uploadImage(admin, 'after')]
    await publishToken(admin, contract, { logoUploadId: before.id })
    const gate = await throughGate(gateway, `PUT /token-metadata/1/${contract.address.toLowerCase()}/metadata-`)
    const ctx = { ...(await contextOf(gateway.services, { token: admin.token! })), services: gate.services }
    const slow = publishTokenMetadata(ctx, { ...contract, name: 'Rue Neuve 1', symbol: 'NEWER', decimals: 18 })
    await gate.reached
    await publishToken(admin, contract, { logoUploadId: after.id, description: 'Sold.' })
    gate.open()
    expect(await slow).toMatchObject({ version: 3 })
    const found = (await read(contract))!
    expect(found).toMatchObject({ version: 3, symbol: 'NEWER', description: 'Sold.' })
    expect(found.logoUrl).toContain(sha256(after.bytes))
    expect(await jsonAt(found.metadataUrl)).toMatchObject({
      symbol: 'NEWER',
      description: 'Sold.',
      logoURI: found.logoUrl,
    })
  })

  it('is refused, with every fault named, when nobody could show it', async () => {
    const contract = newContract()
    const input = tokenInput(contract, { name: ' ', symbol: 'X'.repeat(33), decimals: 256, description: 'a\u202eb' })
    const { code, extensions } = await admin.refusal(tokenOperations.publish, { input })
    expect(code).toBe('BAD_USER_INPUT')
    expect((extensions.fields as { path: string }[]).map(({ path }) => path)).toEqual([
      'name',
      'symbol',
      'decimals',
      'description',
    ])
    for (const change of [{ decimals: -1 }, { symbol: 'A\nB' }, { name: 'N'.repeat(101) }, { description: '' }]) {
      const refused = await admin.refusal(tokenOperations.publish, { input: tokenInput(contract, change) })
      expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    for (const address of [`0x${'0'.repeat(39)}`, 'vitalik.eth']) {
      const change = { input: { ...tokenInput(contract), address } }
      expect(await admin.refusal(tokenOperations.publish, change)).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    expect(await read(contract)).toBeNull()
  })

  it('is an admin’s to publish and to seal, and nobody else’s', async () => {
    const contract = newContract()
    await publishToken(admin, contract)
    const everybodyElse = [
      [seed.anonymous(), 'UNAUTHENTICATED'],
      [await seed.investor(), 'FORBIDDEN'],
      [await seed.reviewer(), 'FORBIDDEN'],
    ] as const
    for (const [person, code] of everybodyElse) {
      const input = tokenInput(contract, { name: 'Mine' })
      expect(await person.refusal(tokenOperations.publish, { input })).toMatchObject({ code })
      expect(await person.refusal(tokenOperations.seal, { input: contract })).toMatchObject({ code })
    }
    expect(await read(contract)).toMatchObject({ name: 'Rue Neuve 1', version: 1, sealed: false })
  })
})

describe('a logo', () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')

  for (const [what, bytes, contentType] of [
    ['an SVG', svg, 'image/png'],
    ['a JPEG', files['image/jpeg']('no PNG'), 'image/png'],
    ['a PDF', files['application/pdf']('no picture'), 'image/webp'],
  ] as const) {
    it(`D37: that only claims to be ${contentType} and is ${what} is refused, and nothing of it is published`, async () => {
      const contract = newContract()
      const upload = await requestUpload(admin, bytes, { contentType })
      expect(await put(upload, bytes)).toBe(200)
      const input = tokenInput(contract, { logoUploadId: upload.id })
      const { code, extensions } = await admin.refusal(tokenOperations.publish, { input })
      expect(code).toBe('BAD_USER_INPUT')
      expect(extensions.fields).toEqual([{ path: 'logoUploadId', message: expect.stringContaining(contentType) }])
      expect(await admin.refusal(tokenOperations.publish, { input })).toMatchObject({ code: 'CONFLICT' })
      expect(await read(contract)).toBeNull()
      await jobsDone(stack.database)
      const { storage } = gateway.services
      expect(await versionsUnder(storage, 'user-uploads', `${admin.id}/temp/${upload.id}`)).toEqual([])
      expect(await versionsUnder(storage, 'token-metadata', `1/${contract.address.toLowerCase()}/`)).toEqual([])
    })
  }

  it('is of an upload of one’s own that was sent and not used yet', async () => {
    const [contract, other] = [newContract(), newContract()]
    const refusalOf = (logoUploadId: string, of = contract) =>
      admin.refusal(tokenOperations.publish, { input: tokenInput(of, { logoUploadId }) })
    const foreign = await uploadImage(await seed.admin(), 'foreign')
    const missing = await refusalOf('upload_00000000000000000000000000')
    expect(missing.code).toBe('NOT_FOUND')
    expect(await refusalOf(foreign.id)).toMatchObject({ code: 'NOT_FOUND', message: missing.message })

    const bytes = files['image/png']('later')
    const upload = await requestUpload(admin, bytes)
    expect(await refusalOf(upload.id)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('PUT') })
    expect(await put(upload, bytes)).toBe(200)
    await publishToken(admin, contract, { logoUploadId: upload.id })
    expect(await refusalOf(upload.id, other)).toMatchObject({ code: 'CONFLICT' })

    const expired = await uploadImage(admin, 'expired')
    await gateway.services.pool.query(`update uploads set expires_at = now() - interval '7 days' where id = $1`, [
      expired.id,
    ])
    expect(await refusalOf(expired.id)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('expired') })
    expect(await read(other)).toBeNull()
  })

  it('of one upload becomes that of one token, however many ask at once', async () => {
    const contracts = Array.from({ length: 5 }, newContract)
    const { id: logoUploadId } = await uploadImage(admin, 'wanted')
    const answers = await Promise.all(
      contracts.map((contract) =>
        admin.ask(tokenOperations.publish, { input: tokenInput(contract, { logoUploadId }) }),
      ),
    )
    const codes = answers.map(({ errors }) => errors[0]?.extensions?.code ?? 'published').sort()
    expect(codes).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'published'])
    const found = await Promise.all(contracts.map((contract) => read(contract)))
    expect(found.filter((token) => token !== null)).toHaveLength(1)
  })
})

describe('sealed metadata', () => {
  async function sealed(mark: string) {
    const contract = newContract()
    const { id: logoUploadId, bytes } = await uploadImage(admin, mark)
    const published = await publishToken(admin, contract, { logoUploadId })
    const metadata = await sealToken(admin, contract)
    const json = (await fetched(published.metadataUrl)).bytes
    return { contract, published, metadata, logo: bytes, json }
  }
  type Sealed = Awaited<ReturnType<typeof sealed>>

  const guarded = async () => {
    await gateway.services.pool.query(`select add_job('token.guard', '{}')`)
    await jobsDone(stack.database, 'token.guard')
  }
  const expectUntouched = async ({ contract, published, json, logo }: Sealed) => {
    expect(await read(contract)).toMatchObject({ name: published.name, sealed: true, version: 2 })
    expect((await fetched(published.metadataUrl)).bytes).toEqual(json)
    expect((await fetched(published.logoUrl!)).bytes).toEqual(logo)
  }

  it('is as it was published, and an event says who sealed it', async () => {
    const token = await sealed('final')
    expect(token.metadata).toEqual({
      id: token.published.id,
      version: 2,
      sealed: true,
      metadataUrl: token.published.metadataUrl,
      logoUrl: token.published.logoUrl,
    })
    await expectUntouched(token)
    const [, event] = await eventsOf(token.published.id)
    expect(event).toMatchObject({
      type: 'token.sealed',
      actorId: admin.id,
      tags: ['tokens', `token:${token.published.id}`, `token:1:${token.contract.address.toLowerCase()}`],
      payload: { version: 2, metadataSha256: sha256(token.json), logoSha256: sha256(token.logo) },
    })
  })

  it('is changed by nobody: not by an admin, be it to what it is, and not sealed twice', async () => {
    const token = await sealed('admin')
    for (const change of [{}, { name: 'Another' }, { logoUploadId: (await uploadImage(admin, 'late')).id }]) {
      const refused = await admin.refusal(tokenOperations.publish, { input: tokenInput(token.contract, change) })
      expect(refused).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('sealed') })
    }
    expect(await admin.refusal(tokenOperations.seal, { input: token.contract })).toMatchObject({ code: 'CONFLICT' })
    expect(await admin.refusal(tokenOperations.seal, { input: newContract() })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await eventsOf(token.published.id)).toHaveLength(2)
    await expectUntouched(token)
  })

  it('is changed by nobody in SQL: neither as the gateway nor as the owner of the table', async () => {
    const token = await sealed('sql')
    const { id } = token.published
    const statements = [
      'update token_metadata set name = name where id = $1',
      'update token_metadata set sealed_at = null, version = version + 1 where id = $1',
      'update token_metadata set metadata_key = logo_key, version = version + 1 where id = $1',
      'delete from token_metadata where id = $1',
      `insert into token_metadata select * from token_metadata where id = $1 on conflict (id) do update set name = 'x'`,
    ]
    for (const url of [stack.database.url, stack.database.ownerUrl, stack.database.superuserUrl]) {
      const client = await connectForTest(url)
      for (const statement of statements) {
        const refused = client.query(statement, [id])
        await expect(refused).rejects.toMatchObject({
          message: expect.stringMatching(/sealed metadata never changes|permission denied/),
        })
      }
      await expect(client.query('truncate token_metadata')).rejects.toThrow(/append-only|permission denied/)
    }
    await expectUntouched(token)
  })

  it('says CONFLICT where the database is the first to say no', async () => {
    const { published } = await sealed('last guard')
    const change = transaction({ services: gateway.services }, (tx) =>
      tx.db.update(tokenMetadata).set({ name: 'x' }).where(eq(tokenMetadata.id, published.id)),
    )
    await expect(change).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('sealed') })
  })

  it('of two who seal at once is sealed by one; who publishes meanwhile is before it or refused', async () => {
    const contract = newContract()
    const { id } = await publishToken(admin, contract)
    const other = await seed.admin()
    const seals = await Promise.all([admin, other].map((who) => who.ask(tokenOperations.seal, { input: contract })))
    expect(seals.map(({ errors }) => errors[0]?.extensions?.code ?? 'sealed').sort()).toEqual(['CONFLICT', 'sealed'])
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(['token.published', 'token.sealed'])

    for (let round = 0; round < 5; round++) {
      const raced = newContract()
      await publishToken(admin, raced)
      const input = tokenInput(raced, { name: 'Changed' })
      const [publication, seal] = await Promise.all([
        other.ask(tokenOperations.publish, { input }),
        admin.ask(tokenOperations.seal, { input: raced }),
      ])
      const found = (await read(raced))!
      const wasPublished = publication.data !== null
      expect(found).toMatchObject({ name: wasPublished ? 'Changed' : 'Rue Neuve 1', sealed: seal.data !== null })
      expect([publication, seal].map(({ errors }) => errors[0]?.extensions?.code ?? 'CONFLICT')).toEqual([
        'CONFLICT',
        'CONFLICT',
      ])
      expect(await jsonAt(found.metadataUrl)).toMatchObject({ name: found.name })
    }
  })

  it('is what was looked at: what is published while it is being sealed is not sealed unseen', async () => {
    const contract = newContract()
    await publishToken(admin, contract)
    const gate = await throughGate(gateway, `GET /token-metadata/1/${contract.address.toLowerCase()}/metadata-`)
    const ctx = { ...(await contextOf(gateway.services, { token: admin.token! })), services: gate.services }
    const sealing = sealTokenMetadata(ctx, contract).catch((error: unknown) => error)
    await gate.reached
    await publishToken(await seed.admin(), contract, { name: 'Changed' })
    gate.open()
    expect(await sealing).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('look at it') })
    expect(await read(contract)).toMatchObject({ name: 'Changed', sealed: false, version: 2 })
  })

  it('D46: is what the store keeps, whatever somebody with its credentials puts over it or deletes', async () => {
    const token = await sealed('store')
    await jobsDone(stack.database, 'token.guard')
    const { client } = gateway.services.storage
    for (const url of [token.published.metadataUrl, token.published.logoUrl!]) {
      const object = { Bucket: 'token-metadata', Key: keyIn(url) }
      const { VersionId, ObjectLockLegalHoldStatus } = await client.send(new HeadObjectCommand(object))
      expect(ObjectLockLegalHoldStatus).toBe('ON')
      const removal = new DeleteObjectCommand({ ...object, VersionId, BypassGovernanceRetention: true })
      await expect(client.send(removal)).rejects.toMatchObject({ name: 'AccessDenied' })
      // Ceph does not keep the condition where there are versions: then it goes with the next look.
      const conditional = client.send(new PutObjectCommand({ ...object, Body: 'other bytes', IfNoneMatch: '*' }))
      if (inject('stack').name === 'embedded') {
        await expect(conditional).rejects.toMatchObject({ name: 'PreconditionFailed' })
        await expectUntouched(token)
      } else await conditional
      await client.send(new PutObjectCommand({ ...object, Body: 'other bytes' }))
      expect((await fetched(url)).bytes.toString()).toBe('other bytes')
      await guarded()
      await expectUntouched(token)
      await client.send(new DeleteObjectCommand(object))
      expect((await fetched(url)).status).not.toBe(200)
      await guarded()
      await expectUntouched(token)
      expect(await versionsUnder(gateway.services.storage, 'token-metadata', object.Key)).toEqual([object.Key])
    }
  })

  it('is kept token by token: what cannot be mended of one does not keep the store from the others', async () => {
    const tokens = [await sealed('stuck'), await sealed('mended')]
    await jobsDone(stack.database, 'token.guard')
    const { client } = gateway.services.storage
    const objects = tokens.map(({ published }) => ({ Bucket: 'token-metadata', Key: keyIn(published.metadataUrl) }))
    // Whoever has the credentials may hold what they laid over it as well.
    for (const [held, free] of [objects, objects.toReversed()]) {
      for (const object of objects) await client.send(new PutObjectCommand({ ...object, Body: 'other bytes' }))
      const { VersionId } = await client.send(new HeadObjectCommand(held!))
      const hold = (Status: 'ON' | 'OFF') =>
        client.send(new PutObjectLegalHoldCommand({ ...held!, VersionId, LegalHold: { Status } }))
      await hold('ON')
      await expect(guardSealedTokens(gateway.services, {})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      expect(await versionsUnder(gateway.services.storage, 'token-metadata', free!.Key)).toEqual([free!.Key])
      await hold('OFF')
    }
    await guardSealedTokens(gateway.services, {})
    for (const token of tokens) await expectUntouched(token)
  })

  it('is never sealed with something else in the store than was published; publishing it again mends that', async () => {
    const contract = newContract()
    const published = await publishToken(admin, contract)
    await deleteObject(gateway.services.storage, { bucket: 'token-metadata', key: keyIn(published.metadataUrl) })
    const refused = await admin.refusal(tokenOperations.seal, { input: contract })
    expect(refused).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('not in the store') })
    const again = await publishToken(admin, contract)
    expect(again.metadataUrl).toBe(published.metadataUrl)
    expect(await sealToken(admin, contract)).toMatchObject({ sealed: true })
    expect(await jsonAt(published.metadataUrl)).toMatchObject({ name: 'Rue Neuve 1' })
  })
})

describe('a row of metadata', () => {
  it('keeps its token and its beginning, and counts its changes, whoever writes', async () => {
    const { id } = await publishToken(admin, newContract())
    const client = await connectForTest(stack.database.ownerUrl)
    const refusals = [
      ["id = 'token_x', version = version + 1", 'token_metadata_identity'],
      ['chain_id = 2, version = version + 1', 'token_metadata_identity'],
      [`address = '0x${'1'.repeat(40)}', version = version + 1`, 'token_metadata_identity'],
      ["created_at = now() - interval '1 day', version = version + 1", 'token_metadata_identity'],
      ["name = 'x'", 'token_metadata_version'],
      ["name = 'x', version = version + 2", 'token_metadata_version'],
    ]
    for (const [change, constraint] of refusals) {
      const refused = client.query(`update token_metadata set ${change} where id = $1`, [id])
      await expect(refused).rejects.toMatchObject({ constraint })
    }
    await client.query(`update token_metadata set name = 'x', version = version + 1 where id = $1`, [id])
  })
})

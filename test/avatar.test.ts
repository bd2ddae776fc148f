import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../src/db/schema/auth.ts'
import { newId } from '../src/ids.ts'
import { takeOverAvatar } from '../src/resolvers/upload/avatar.ts'
import { sweepUploads } from '../src/resolvers/upload/sweep.ts'
import { avatar } from '../src/storage/buckets.ts'
import { putObject } from '../src/storage/objects.ts'
import { files } from './fixtures/files.ts'
import { graphql } from './graphql/index.ts'
import { contextOf } from './harness/accounts.ts'
import { put } from './harness/document.ts'
import { throughGate } from './harness/gate.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { versionsUnder } from './harness/store.ts'
import { requestUpload, uploadImage } from './harness/upload.ts'

const dayMs = 86_400_000
let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
})
afterAll(() => stack.stop())

const setAvatar = graphql(
  `mutation SetAvatar($id: ID) { updateProfile(input: { imageUploadId: $id }) { user { image } } }`,
)
const avatarOf = graphql(`query AvatarOf { viewer { image } }`)

const set = async (person: Person, id: string | null) =>
  (await person.get(setAvatar, { id })).updateProfile.user.image as string | null
const shown = async (person: Person) => (await person.get(avatarOf)).viewer!.image
const stored = (uploadId: string) => versionsUnder(gateway.services.storage, 'token-metadata', `avatars/${uploadId}`)

describe('an avatar', () => {
  it('lies under a key that names nobody, with its own type and for long in caches', async () => {
    const person = await seed.investor()
    const { id, bytes } = await uploadImage(person, 'me', 'image/webp')
    const image = await set(person, id)
    expect(new URL(image!).pathname).toBe(`/token-metadata/avatars/${id}`)
    const response = await fetch(image!)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
    expect(response.headers.get('content-type')).toBe('image/webp')
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    await jobsDone(stack.database)
    expect(await versionsUnder(gateway.services.storage, 'user-uploads', person.id)).toEqual([])
  })

  for (const [what, sent] of [
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a page', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['another kind of picture', files['image/jpeg']('jpeg')],
  ] as const) {
    it(`D37: is not ${what} that was announced as PNG: refused, closed, and published nowhere`, async () => {
      const person = await seed.investor()
      const upload = await requestUpload(person, sent)
      expect(await put(upload, sent)).toBe(200)
      const { code, extensions } = await person.refusal(setAvatar, { id: upload.id })
      expect(code).toBe('BAD_USER_INPUT')
      expect(extensions.fields).toEqual([{ path: 'imageUploadId', message: expect.stringContaining('image/png') }])
      expect(await person.refusal(setAvatar, { id: upload.id })).toMatchObject({ code: 'CONFLICT' })
      await jobsDone(stack.database)
      expect(await versionsUnder(gateway.services.storage, 'user-uploads', person.id)).toEqual([])
      expect(await stored(upload.id)).toEqual([])
      expect(await shown(person)).toBeNull()
    })
  }

  it('is an upload that is used once: not again after it was replaced, and not by two calls at once', async () => {
    const person = await seed.investor()
    const [first, second] = [await uploadImage(person, 'first'), await uploadImage(person, 'second')]
    await set(person, first.id)
    await Promise.all(Array.from({ length: 8 }, () => set(person, second.id)))
    expect(await person.refusal(setAvatar, { id: first.id })).toMatchObject({ code: 'CONFLICT' })
    await jobsDone(stack.database)
    expect(await stored(first.id)).toEqual([])
    expect(await shown(person)).toContain(second.id)
    expect(await fetch((await shown(person))!).then(({ status }) => status)).toBe(200)
  })

  it('of two at once is one of them, and the other goes', async () => {
    const person = await seed.investor()
    const uploads = [await uploadImage(person, 'one'), await uploadImage(person, 'other')]
    await Promise.all(uploads.map(({ id }) => set(person, id)))
    await jobsDone(stack.database)
    const image = await shown(person)
    const kept = await Promise.all(uploads.map(async ({ id }) => (await stored(id)).length > 0))
    expect(kept).toEqual(uploads.map(({ id }) => image!.endsWith(id)))
  })

  it('is shown at the store of today, whatever the store was reached by when it was set', async () => {
    const person = await seed.investor()
    const { id } = await uploadImage(person, 'moved')
    const image = await set(person, id)
    const { db, storage } = gateway.services
    const before = `https://files.before.example/prefix-token-metadata/avatars/${id}`
    await db.update(users).set({ image: before }).where(eq(users.id, person.id))
    expect(await shown(person)).toBe(image)
    expect(await set(person, null)).toBeNull()
    await jobsDone(stack.database)
    expect(await versionsUnder(storage, 'token-metadata', `avatars/${id}`)).toEqual([])
  })

  it('that was got elsewhere is shown as it is, and nobody’s object goes with it', async () => {
    const [person, other] = [await seed.investor(), await seed.investor()]
    const { id } = await uploadImage(other, 'theirs')
    const theirs = await set(other, id)
    for (const image of ['https://accounts.example.com/photo.jpg', theirs!]) {
      await gateway.services.db.update(users).set({ image }).where(eq(users.id, person.id))
      expect(await shown(person)).toBe(image)
      await set(person, null)
    }
    await jobsDone(stack.database)
    expect((await fetch(theirs!)).status).toBe(200)
    expect(await shown(other)).toBe(theirs)
  })
})

describe('a picture that nobody has', () => {
  it('of a call that died before it was anybody’s waits as long as its upload, and goes with it', async () => {
    const person = await seed.investor()
    const { id } = await uploadImage(person, 'orphan')
    await takeOverAvatar(await contextOf(gateway.services, { token: person.token! }), id)
    const kept = await uploadImage(person, 'kept')
    await set(person, kept.id)
    await sweepUploads(gateway.services)
    expect(await stored(id)).toHaveLength(1)
    await sweepUploads(gateway.services, Date.now() + 8 * dayMs)
    expect(await stored(id)).toEqual([])
    expect(await stored(kept.id)).toHaveLength(1)
    expect(await person.refusal(setAvatar, { id })).toMatchObject({ code: 'CONFLICT' })
  })

  it('of another database is none of the sweeper’s', async () => {
    const place = avatar(newId('upload'))
    await putObject(gateway.services.storage, place, { bytes: Buffer.from('theirs'), contentType: 'image/png' })
    await sweepUploads(gateway.services, Date.now() + 8 * dayMs)
    expect(await versionsUnder(gateway.services.storage, place.bucket, place.key)).toHaveLength(1)
  })

  it('does not come back with a call that was overtaken by another one and by the end of the picture', async () => {
    const person = await seed.investor()
    const { id } = await uploadImage(person, 'overtaken')
    const ctx = await contextOf(gateway.services, { token: person.token! })
    const gate = await throughGate(gateway, 'PUT /token-metadata/avatars/')
    const overtaken = takeOverAvatar({ ...ctx, services: gate.services }, id).catch((error: unknown) => error)
    await gate.reached
    await set(person, id)
    await set(person, null)
    await jobsDone(stack.database)
    expect(await stored(id)).toEqual([])
    gate.open()
    expect(await overtaken).toMatchObject({ code: 'CONFLICT' })
    expect(await stored(id)).toEqual([])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UpdateProfileInput } from './graphql/graphql.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { requestUpload, uploadImage } from './harness/upload.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
})
afterAll(() => stack.stop())

const update = graphql(
  `mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name image } } }`,
)
const read = graphql(`query ReadProfile { viewer { name image updatedAt } }`)

const set = async (person: Person, input: UpdateProfileInput) =>
  (await person.get(update, { input })).updateProfile.user
const profileOf = async (person: Person) => (await person.get(read)).viewer!
const changesOf = async ({ id }: Person) => {
  const query = `select actor_id as actor, payload from events
    where subject_id = $1 and type = 'user.profile_changed' order by position`
  return (await gateway.services.pool.query(query, [id])).rows
}

describe('a name', () => {
  it('is what its owner says, and null clears it', async () => {
    const person = await seed.investor('Before')
    expect(await set(person, { name: 'Zoë O’Neill-Müller' })).toEqual({
      id: person.id,
      name: 'Zoë O’Neill-Müller',
      image: null,
    })
    expect(await profileOf(person)).toMatchObject({ name: 'Zoë O’Neill-Müller' })
    expect((await set(person, {})).name).toBe('Zoë O’Neill-Müller')
    expect((await set(person, { name: null })).name).toBeNull()
    expect(await changesOf(person)).toEqual([
      { actor: person.id, payload: {} },
      { actor: person.id, payload: {} },
    ])
  })

  it('that is the same is no change', async () => {
    const person = await seed.investor('Same')
    const before = await profileOf(person)
    await set(person, { name: 'Same', imageUploadId: null })
    expect(await profileOf(person)).toEqual(before)
    expect(await changesOf(person)).toEqual([])
  })

  it.each(['', '   ', 'a'.repeat(101), 'two\nlines', 'reversed \u202e', '\u200b'])('is not %j', async (name) => {
    const person = await seed.investor('Ann')
    expect(await person.refusal(update, { input: { name } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      extensions: { fields: [{ path: 'name' }] },
    })
    expect((await profileOf(person)).name).toBe('Ann')
  })

  it('is seen by whoever has it in their own session, at once', async () => {
    const person = await seed.investor('Old')
    const other = seed.as(await seed.signIn(person.email))
    await set(person, { name: 'New' })
    expect((await other.get(read)).viewer?.name).toBe('New')
  })
})

describe('a picture', () => {
  it('is an upload of one’s own that everybody may fetch from then on', async () => {
    const person = await seed.investor()
    const { id, bytes } = await uploadImage(person, 'portrait')
    const { image } = await set(person, { imageUploadId: id })
    const response = await fetch(image!)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    expect(image).not.toContain(person.id)
    expect((await profileOf(person)).image).toBe(image)
    expect(await changesOf(person)).toHaveLength(1)
  })

  it('that is sent again is the one that is there already', async () => {
    const person = await seed.investor()
    const { id } = await uploadImage(person, 'again')
    const [first, second] = await Promise.all([
      set(person, { imageUploadId: id }),
      set(person, { imageUploadId: id }).catch(() => set(person, { imageUploadId: id })),
    ])
    expect(second.image).toBe(first.image)
    expect((await fetch(first.image!)).status).toBe(200)
  })

  it('goes when another takes its place, and when it is cleared', async () => {
    const person = await seed.investor()
    const first = await set(person, { imageUploadId: (await uploadImage(person, 'first')).id })
    const second = await set(person, { imageUploadId: (await uploadImage(person, 'second')).id, name: 'Second' })
    expect(second).toMatchObject({ name: 'Second' })
    await jobsDone(stack.database)
    expect((await fetch(first.image!)).status).not.toBe(200)
    expect((await fetch(second.image!)).status).toBe(200)
    expect((await set(person, { imageUploadId: null })).image).toBeNull()
    await jobsDone(stack.database)
    expect((await fetch(second.image!)).status).not.toBe(200)
  })

  it('of another, or one that was never sent, changes nothing, the name included', async () => {
    const [person, other] = [await seed.investor('Ann'), await seed.investor()]
    const theirs = await uploadImage(other, 'theirs')
    const unsent = await requestUpload(person, theirs.bytes)
    const input = (imageUploadId: string) => ({ input: { name: 'Eve', imageUploadId } })
    expect((await person.refusal(update, input(theirs.id))).code).toBe('NOT_FOUND')
    expect((await person.refusal(update, input('upload_00000000000000000000000000'))).code).toBe('NOT_FOUND')
    expect((await person.refusal(update, input(unsent.id))).code).toBe('CONFLICT')
    expect(await profileOf(person)).toMatchObject({ name: 'Ann', image: null })
  })
})

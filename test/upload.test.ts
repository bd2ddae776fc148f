import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweepUploads } from '../src/resolvers/upload/sweep.ts'
import { files } from './fixtures/files.ts'
import { put } from './harness/document.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { versionsUnder } from './harness/store.ts'
import { declared, requestUpload, uploadImage, uploadOperations } from './harness/upload.ts'

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

const uploadsOf = (person: Person) => versionsUnder(gateway.services.storage, 'user-uploads', person.id)
const stateOf = async (id: string) => {
  const { rows } = await gateway.services.pool.query('select state from uploads where id = $1', [id])
  return rows[0]?.state
}

describe('an upload of one’s own', () => {
  for (const contentType of ['image/png', 'image/jpeg', 'image/webp'] as const) {
    it(`takes the announced ${contentType} once, at a key that has no name in it, and shows it to nobody`, async () => {
      const person = await seed.investor()
      const { upload, bytes } = await uploadImage(person, 'mine', contentType)
      expect(upload.method).toBe('PUT')
      expect(upload.id).toMatch(/^upload_/)
      expect(await uploadsOf(person)).toEqual([`${person.id}/temp/${upload.id}`])
      expect(await put(upload, bytes)).toBe(412)
      expect((await fetch(upload.url.split('?')[0]!)).status).toBe(403)
    })
  }

  it('D37, D38: takes neither another type nor another length', async () => {
    const person = await seed.investor()
    const bytes = files['image/png']('this')
    const upload = await requestUpload(person, bytes)
    expect(await put(upload, bytes, { headers: { 'content-type': 'image/svg+xml' } })).toBe(403)
    expect(await put(upload, bytes.subarray(1))).toBe(403)
    expect(await uploadsOf(person)).toEqual([])
  })

  it('is refused, with every fault named, when it is not a picture that may be shown', async () => {
    const person = await seed.investor()
    const bytes = files['image/png']('x')
    const input = { fileName: '../x', contentType: 'image/svg+xml', size: 2 * 1024 * 1024 + 1, sha256: 'none' }
    const { code, extensions } = await person.refusal(uploadOperations.request, { input })
    expect(code).toBe('BAD_USER_INPUT')
    expect(extensions.fields).toEqual([
      { path: 'fileName', message: expect.any(String) },
      { path: 'contentType', message: expect.stringContaining('SVG') },
      { path: 'size', message: 'Must be from 1 to 2097152 bytes.' },
      { path: 'sha256', message: expect.any(String) },
    ])
    for (const contentType of ['application/pdf', 'image/heic', 'image/gif', 'image/PNG', '']) {
      const change = { input: declared(bytes, { contentType }) }
      expect(await person.refusal(uploadOperations.request, change)).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    for (const size of [0, -1]) {
      const change = { input: declared(bytes, { size }) }
      expect(await person.refusal(uploadOperations.request, change)).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    expect(
      (await person.get(uploadOperations.request, { input: declared(bytes, { size: 2 * 1024 * 1024 }) })).requestUpload
        .upload.id,
    ).toMatch(/^upload_/)
  })

  it('D34: is one of twenty that wait: of thirty requests at once twenty are given, and others have their own', async () => {
    const [person, other] = [await seed.investor(), await seed.investor()]
    const input = declared(files['image/png']('many'))
    const answers = await Promise.all(Array.from({ length: 30 }, () => person.ask(uploadOperations.request, { input })))
    const codes = answers.map(({ errors }) => errors[0]?.extensions?.code ?? 'given')
    expect(codes.filter((code) => code === 'given')).toHaveLength(20)
    expect(codes.filter((code) => code === 'CONFLICT')).toHaveLength(10)
    await uploadImage(other, 'other')

    const id = answers.find(({ data }) => data)!.data!.requestUpload.upload.id
    await gateway.services.pool.query(`update uploads set state = 'completed' where id = $1`, [id])
    expect((await person.get(uploadOperations.request, { input })).requestUpload.upload.id).not.toBe(id)
    expect(await person.refusal(uploadOperations.request, { input })).toMatchObject({ code: 'CONFLICT' })
  })

  it('D45: that nothing takes over is kept for seven days, then closed, and its bytes go', async () => {
    const person = await seed.investor()
    const { id } = await uploadImage(person, 'forgotten')
    await sweepUploads(gateway.services, Date.now() + 6.9 * dayMs)
    await jobsDone(stack.database)
    expect(await uploadsOf(person)).toEqual([`${person.id}/temp/${id}`])
    expect(await stateOf(id)).toBe('pending')
    await sweepUploads(gateway.services, Date.now() + 7.1 * dayMs)
    await jobsDone(stack.database)
    expect(await uploadsOf(person)).toEqual([])
    expect(await stateOf(id)).toBe('closed')
  })
})

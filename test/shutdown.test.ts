import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { createTestClient, type Stack, startStack } from './harness/index.ts'
import { draft } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { startMain as startMainProcess } from './harness/main-process.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

const startMain = (variables: Record<string, string> = {}) => startMainProcess({ ...stack.environment, ...variables })

async function signUp(url: string) {
  const email = `${crypto.randomUUID()}@example.com`
  const response = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, name: 'Somebody', password: 'correct horse battery' }),
  })
  const { token, user } = (await response.json()) as { token: string; user: { id: string } }
  return { ...createTestClient(url, token), id: user.id, email, password: '', role: 'investor' as const }
}

const rename =
  'mutation($id: ID!) { updateKycApplication(input: { applicationId: $id, details: { firstName: "Late" } }) { application { firstName } } }'

/** A mutation that waits for a lock which somebody else holds until they are told. */
async function mutationInFlight(url: string) {
  const person = await signUp(url)
  const id = await draft(person)
  const holder = await connectForTest(stack.database.superuserUrl)
  await holder.query('begin')
  await holder.query('select from kyc_applications where id = $1 for update', [id])
  const post = (query: string, variables = {}) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
      body: JSON.stringify({ query, variables }),
    })
  const answered = post(rename, { id })
  // Some tests end it, and look at how only afterwards.
  answered.catch(() => {})
  const waiting = `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  const observer = await connectForTest(stack.database.superuserUrl)
  await eventually(async () => (await observer.query(waiting)).rows[0].waiting).toBe(1)
  return { person, id, answered, release: () => holder.query('commit') }
}

describe('SIGTERM', () => {
  it('lets what is in flight finish, tells sockets and streams to go, and ends with 0', async () => {
    const gateway = startMain()
    const url = await gateway.url()
    const { person, answered, release } = await mutationInFlight(url)

    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws')
    await once(socket, 'open')
    const socketClosed = once(socket, 'close')
    const stream = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${person.token}`,
      },
      body: JSON.stringify({ query: 'subscription { kycStatusChanges { cursor } }' }),
    })

    gateway.child.kill('SIGTERM')
    await stream.text()
    await eventually(() =>
      fetch(`${url}/healthz`).then(
        () => 'open',
        () => 'closed',
      ),
    ).toBe('closed')
    expect(gateway.child.exitCode).toBeNull()
    await release()
    const answer = await answered
    expect(await answer.json()).toEqual({ data: { updateKycApplication: { application: { firstName: 'Late' } } } })
    expect(answer.headers.get('connection')).toBe('close')
    expect((await socketClosed)[0]).toBe(1001)
    expect(await gateway.exited).toBe(0)
    expect(await gateway.complaint).toBe('')
  })

  it('cuts off what takes longer than it may', async () => {
    const gateway = startMain({ SHUTDOWN_SECONDS: '1' })
    const { answered, release } = await mutationInFlight(await gateway.url())
    gateway.child.kill('SIGTERM')
    await expect(answered).rejects.toThrow()
    await release()
    expect(await gateway.exited).toBe(0)
  })

  it('ends it at once when it comes twice', async () => {
    const gateway = startMain()
    const url = await gateway.url()
    const { answered, release } = await mutationInFlight(url)
    gateway.child.kill('SIGTERM')
    await eventually(() =>
      fetch(`${url}/healthz`).then(
        () => 'open',
        () => 'closed',
      ),
    ).toBe('closed')
    gateway.child.kill('SIGINT')
    expect(await gateway.exited).toBe(1)
    await expect(answered).rejects.toThrow()
    await release()
  })

  it('loses nothing: the next start finds all that was answered', async () => {
    const first = startMain()
    const person = await signUp(await first.url())
    const id = await draft(person)
    first.child.kill('SIGINT')
    expect(await first.exited).toBe(0)
    const second = await startMain().url()
    const response = await fetch(`${second}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
      body: JSON.stringify({ query: '{ viewer { kycApplications { nodes { id } } } }' }),
    })
    expect(await response.json()).toEqual({ data: { viewer: { kycApplications: { nodes: [{ id }] } } } })
  })
})

describe('a gateway that cannot start', () => {
  it('names every fault of its environment, and ends with 2', async () => {
    const gateway = startMain({ PORT: 'four', MAX_BODY_BYTES: '-1', DATABASE_URL: 'mysql://somewhere' })
    expect(await gateway.exited).toBe(2)
    const complaint = await gateway.complaint
    for (const name of ['PORT', 'MAX_BODY_BYTES', 'DATABASE_URL']) expect(complaint).toContain(`${name}: `)
  })

  it('says that its port is taken, and ends with 1', async () => {
    const first = new URL(await startMain().url())
    const second = startMain({ PORT: first.port })
    expect(await second.exited).toBe(1)
    expect(await second.complaint).toMatch(`port ${first.port}: another program listens there. Set PORT`)
  })
})

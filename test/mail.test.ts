import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { positionName } from '../src/server/position.ts'
import { type Stack, startStack, type TestGateway } from './harness/index.ts'
import { connectForTest, eventually, logOf } from './harness/log.ts'
import { linkIn, type MailServer, startMailServer } from './harness/mail.ts'

const password = 'correct horse battery'
const addressOf = (name: string) => `${name}.${randomUUID().slice(0, 8)}@example.com`

let stack: Stack
let gateway: TestGateway
let server: MailServer

beforeAll(async () => {
  ;[stack, server] = await Promise.all([startStack(), startMailServer()])
  gateway = await stack.startGateway({ SMTP_URL: server.url, MAIL_FROM: 'Acme Tokens <no-reply@acme.example>' })
})
afterAll(async () => {
  await stack.stop()
  await server.stop()
})

type Answer = { status: number; body: Record<string, unknown> & { code?: string; token?: string | null } }
async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${gateway.url}/api/auth${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gateway.url, ...headers },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}
const signUp = (email: string, headers: Record<string, string> = {}, more: object = {}) =>
  post('/sign-up/email', { email, password, name: 'Ada Lovelace', ...more }, headers)
const signIn = (email: string, chosen = password) => post('/sign-in/email', { email, password: chosen })
const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` })

/** Opens a link as a browser does, and reads the page that it ends at. */
async function open(link: string, language = 'en') {
  const response = await fetch(link, { headers: { 'accept-language': language, accept: 'text/html' } })
  return { status: response.status, url: response.url, html: await response.text() }
}

/** Somebody whose address is verified, signed in. */
async function verified(name = 'ada') {
  const email = addressOf(name)
  const { body } = await signUp(email)
  const [mail] = await server.waitFor(email)
  await open(linkIn(mail!))
  const { body: session } = await signIn(email)
  return { id: (body.user as { id: string }).id, email, token: session.token!, mails: () => server.to(email).slice(1) }
}

const eventsOf = async (userId: string) =>
  (await logOf(gateway.services, 'accounts'))
    .filter(({ subjectId }) => subjectId === userId)
    .map(({ type, payload }) => ({ type, payload }))
const mailsOf = async (userId: string) => {
  const { rows } = await gateway.services.pool.query('select * from mails where user_id = $1 order by created_at', [
    userId,
  ])
  return rows
}
/** As if the time since the mails of this user had passed. */
const age = (userId: string, interval: string) =>
  gateway.services.pool.query('update mails set created_at = created_at - $2::interval where user_id = $1', [
    userId,
    interval,
  ])

describe('whoever signs up', () => {
  it('gets a link in the language of their browser, verifies the address with it, and can sign in then', async () => {
    const email = addressOf('erika')
    const { status, body } = await signUp(email, { 'accept-language': 'pt, de-AT;q=0.8, en;q=0.5' })
    expect([status, body.token]).toEqual([200, null])
    expect(await signIn(email)).toMatchObject({ status: 403, body: { code: 'EMAIL_NOT_VERIFIED' } })

    const [mail] = await server.waitFor(email)
    expect(mail).toMatchObject({
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
      from: { value: [{ name: 'Acme Tokens', address: 'no-reply@acme.example' }] },
      to: { value: [{ address: email }] },
    })
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail!.headers.get('content-language')).toBe('de')
    expect(mail!.messageId).toMatch(/^<mail_[0-9a-z]{26}@acme\.example>$/)
    expect(mail!.text).toContain('ein Konto bei Acme Tokens eröffnet')
    expect(mail!.html).toContain('<html lang="de">')
    // Nothing that a mail program would fetch, and so tell that the mail was read.
    expect(mail!.html).not.toMatch(/<img|src=|url\(|<link|@import/)

    const link = linkIn(mail!)
    expect(link.startsWith(`${gateway.url}/api/auth/verify-email?token=`)).toBe(true)
    const page = await open(link, 'de')
    expect(page.url).toBe(`${gateway.url}/email-confirmed`)
    expect(page.html).toContain('Ihre E-Mail-Adresse ist bestätigt')
    const { status: signedIn, body: session } = await signIn(email)
    expect([signedIn, typeof session.token]).toEqual([200, 'string'])
    const { id } = body.user as { id: string }
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual([
      'user.created',
      'user.email_changed',
      'session.created',
    ])
  })

  it('is not signed in by the link, and a link that was changed verifies nothing', async () => {
    const email = addressOf('eve')
    await signUp(email)
    const [mail] = await server.waitFor(email)
    const link = new URL(linkIn(mail!))
    const token = link.searchParams.get('token')!
    const forged = new URL(link)
    forged.searchParams.set('token', `${token.slice(0, -2)}xx`)
    expect((await open(forged.href)).html).toContain('This link does not work any more')
    expect((await signIn(email)).status).toBe(403)
    const response = await fetch(link, { redirect: 'manual' })
    // But for what the link has written, nothing is remembered.
    const cookies = response.headers.getSetCookie().filter((cookie) => !cookie.startsWith(`${positionName}=`))
    expect([response.status, cookies]).toEqual([302, []])
    expect((await signIn(email)).status).toBe(200)
  })

  it('comes back to a page of a trusted origin only', async () => {
    const email = addressOf('mallory')
    expect(await signUp(email, {}, { callbackURL: 'https://evil.example/' })).toMatchObject({ status: 403 })
    await signUp(email, {}, { callbackURL: '/graphql' })
    const [mail] = await server.waitFor(email)
    const link = new URL(linkIn(mail!))
    expect(link.searchParams.get('callbackURL')).toBe('/graphql')
    link.searchParams.set('callbackURL', 'https://evil.example/')
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(403)
  })

  it('with an address that has an account gets the answer of everybody; its owner is told', async () => {
    const owner = await verified('owner')
    const fresh = await signUp(addressOf('fresh'))
    const again = await signUp(owner.email)
    const own = ['id', 'email', 'createdAt', 'updatedAt']
    const shape = ({ status, body }: Answer) => [
      status,
      body.token,
      Object.entries(body.user as object).map(([name, value]) => [name, own.includes(name) ? typeof value : value]),
    ]
    expect(shape(again)).toEqual(shape(fresh))
    await eventually(() => owner.mails().length).toBe(1)
    expect(owner.mails()[0]).toMatchObject({ subject: 'You have an account already' })
    expect(linkIn(owner.mails()[0]!)).toBe(`${gateway.url}/reset-password`)
    expect((await signIn(owner.email)).status).toBe(200)
    const { rows } = await gateway.services.pool.query('select id from users where email = $1', [owner.email])
    expect(rows).toEqual([{ id: owner.id }])
  })

  it('gets the link again by signing in, once a minute and five times an hour at most', async () => {
    const email = addressOf('late')
    const { body } = await signUp(email)
    const { id } = body.user as { id: string }
    await Promise.all([signIn(email), signIn(email), signIn(email)])
    expect(await mailsOf(id)).toHaveLength(1)
    for (let count = 2; count <= 7; count++) {
      await age(id, '2 minutes')
      await Promise.all([signIn(email), signIn(email)])
      expect(await mailsOf(id)).toHaveLength(Math.min(count, 5))
    }
    await age(id, '1 hour')
    await signIn(email)
    const mails = await server.waitFor(email, 6)
    await open(linkIn(mails.at(-1)!))
    expect((await signIn(email)).status).toBe(200)
  })

  it('has no account without the mail: both are one transaction', async () => {
    const client = await connectForTest(stack.database.ownerUrl)
    await client.query('revoke insert on mails from gatehouse_gateway')
    const email = addressOf('unlucky')
    const refused = await signUp(email)
    await client.query('grant insert on mails to gatehouse_gateway')
    expect(refused.status).toBe(500)
    const { rows } = await gateway.services.pool.query('select id from users where email = $1', [email])
    expect(rows).toEqual([])
    expect((await signUp(email)).status).toBe(200)
    await server.waitFor(email)
  })
})

describe('a password', () => {
  const request = (email: string, headers: Record<string, string> = {}) =>
    post('/request-password-reset', { email }, headers)
  const tokenOf = (url: string) => new URL(url).searchParams.get('token')!

  it('is chosen anew by a link that works once; all sessions end, and the log has it', async () => {
    const person = await verified('reset')
    const asked = await request(person.email, { 'accept-language': 'fr-CH' })
    await eventually(() => person.mails().length).toBe(1)
    const [mail] = person.mails()
    expect(mail).toMatchObject({ subject: 'Choisissez un nouveau mot de passe' })
    expect(mail!.text).toContain('Bonjour Ada Lovelace,')

    const page = await open(linkIn(mail!), 'fr')
    expect(page.url.startsWith(`${gateway.url}/reset-password?token=`)).toBe(true)
    expect(page.html).toContain('Choisir un nouveau mot de passe')
    const token = tokenOf(page.url)
    const { rows } = await gateway.services.pool.query('select identifier from verifications where value = $1', [
      person.id,
    ])
    expect(rows).toHaveLength(1)
    expect(rows[0].identifier).not.toContain(token)

    const chosen = 'another battery staple'
    expect((await post('/reset-password', { newPassword: 'short', token })).status).toBe(400)
    expect((await post('/reset-password', { newPassword: chosen, token })).status).toBe(200)
    expect(await post('/reset-password', { newPassword: 'and another one', token })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_TOKEN' },
    })
    const { body } = await post('/sign-out', {}, bearer(person.token))
    expect(body).toBeDefined()
    expect(await gateway.services.viewers.resolve(person.token)).toMatchObject({ kind: 'anonymous' })
    expect([(await signIn(person.email)).status, (await signIn(person.email, chosen)).status]).toEqual([401, 200])
    expect((await eventsOf(person.id)).map(({ type }) => type).slice(-3)).toEqual([
      'session.ended',
      'password.changed',
      'session.created',
    ])
    expect((await open(linkIn(mail!))).url).toBe(`${gateway.url}/reset-password?error=INVALID_TOKEN`)

    const unknown = await request(addressOf('nobody'))
    expect(unknown).toEqual(asked)
  })

  it('that was changed, or whose address was, leaves no link of before that works', async () => {
    const person = await verified('worn')
    const newEmail = addressOf('next')
    const ask = async () => {
      const count = person.mails().length + 1
      await age(person.id, '2 minutes')
      await request(person.email)
      await eventually(() => person.mails().length).toBe(count)
      return tokenOf((await open(linkIn(person.mails().at(-1)!))).url)
    }
    const choose = async (token: string, newPassword: string) =>
      (await post('/reset-password', { newPassword, token })).status
    const [unused, used] = [await ask(), await ask()]
    expect([await choose(used, 'another battery staple'), await choose(unused, 'whose is this one')]).toEqual([
      200, 400,
    ])
    const later = await ask()
    await gateway.services.pool.query('update users set email = $1 where id = $2', [newEmail, person.id])
    expect(await choose(later, 'whose is this one')).toBe(400)
    expect((await signIn(newEmail, 'another battery staple')).status).toBe(200)
  })

  it('is not asked for in the name of an address that has no account', async () => {
    const before = await gateway.services.pool.query('select count(*) from mails')
    const email = addressOf('nobody')
    expect((await request(email)).status).toBe(200)
    expect((await gateway.services.pool.query('select count(*) from mails')).rows).toEqual(before.rows)
    expect(server.to(email)).toEqual([])
  })

  it('is asked for in vain, and that is said, when its mail could not be queued', async () => {
    const person = await verified('vain')
    const client = await connectForTest(stack.database.ownerUrl)
    await client.query('revoke insert on mails from gatehouse_gateway')
    const refused = await request(person.email)
    await client.query('grant insert on mails to gatehouse_gateway')
    expect(refused.status).toBe(500)
  })
})

describe('another address', () => {
  const change = (token: string, newEmail: string) => post('/change-email', { newEmail }, bearer(token))

  it('is approved from the old one and confirmed from the new one, before anything changes', async () => {
    const person = await verified('old')
    const newEmail = addressOf('new')
    expect((await change(person.token, newEmail)).status).toBe(200)
    await eventually(() => person.mails().length).toBe(1)
    const [approval] = person.mails()
    expect(approval).toMatchObject({ subject: 'Approve your new e-mail address' })
    expect(approval!.text).toContain(`is to become ${newEmail}.`)
    expect(server.to(newEmail)).toEqual([])

    const approved = await open(linkIn(approval!))
    expect(approved.html).toContain('You have approved the change')
    const [confirmation] = await server.waitFor(newEmail)
    expect(confirmation).toMatchObject({ subject: 'Confirm your new e-mail address' })
    expect(confirmation!.text).not.toContain('Ada')
    expect((await signIn(person.email)).status).toBe(200)

    const before = (await eventsOf(person.id)).length
    const changed = await open(linkIn(confirmation!))
    expect(changed.html).toContain('Your e-mail address has been changed')
    expect((await eventsOf(person.id)).slice(before)).toEqual([
      { type: 'user.email_changed', payload: { changed: true, verified: true } },
    ])
    expect([(await signIn(person.email)).status, (await signIn(newEmail)).status]).toEqual([401, 200])
    // The old links lead nowhere any more.
    expect((await open(linkIn(approval!))).html).toContain('This link does not work any more')
    expect((await eventsOf(person.id)).filter(({ type }) => type === 'user.email_changed')).toHaveLength(2)
  })

  it('that has an account is asked for like any other: the answer, and the mail to the old one, tell nothing', async () => {
    const [person, other] = [await verified('one'), await verified('other')]
    const taken = await change(person.token, other.email.toUpperCase())
    await eventually(() => person.mails().length).toBe(1)
    await age(person.id, '2 minutes')
    const newEmail = addressOf('free')
    expect(await change(person.token, newEmail)).toEqual(taken)
    await eventually(() => person.mails().length).toBe(2)
    const [ofTaken, ofFree] = person.mails()
    expect(ofTaken!.text).toContain(`is to become ${other.email}.`)
    expect(ofTaken!.subject).toBe(ofFree!.subject)
    const [fromTaken, fromFree] = [await open(linkIn(ofTaken!)), await open(linkIn(ofFree!))]
    expect(fromTaken).toEqual(fromFree)
    await server.waitFor(newEmail)
    expect(other.mails()).toEqual([])
    expect(await mailsOf(other.id)).toHaveLength(1)
  })

  it('that has got an account since is not taken from it: the link is worn', async () => {
    const person = await verified('slow')
    const newEmail = addressOf('wanted')
    await change(person.token, newEmail)
    await eventually(() => person.mails().length).toBe(1)
    await open(linkIn(person.mails()[0]!))
    const [confirmation] = await server.waitFor(newEmail)
    const owner = (await signUp(newEmail)).body.user as { id: string }
    const answer = await open(linkIn(confirmation!))
    expect([answer.status, answer.url]).toEqual([200, `${gateway.url}/email-confirmed?step=change&error=INVALID_TOKEN`])
    expect(answer.html).toContain('This link does not work any more')
    const { rows } = await gateway.services.pool.query('select id from users where email = $1', [newEmail])
    expect(rows).toEqual([{ id: owner.id }])
    expect((await signIn(person.email)).status).toBe(200)
  })
})

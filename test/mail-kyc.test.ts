import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { transaction } from '../src/db/transaction.ts'
import { expireKycApplications } from '../src/resolvers/kyc/expire.ts'
import { queueDecisionMail } from '../src/resolvers/mail/queue.ts'
import { createTestClient } from './harness/client.ts'
import { postGraphQL } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { approved, details, kycOperations, submitted } from './harness/kyc.ts'
import { linkIn, type MailServer, startMailServer } from './harness/mail.ts'

let stack: Stack
let gateway: TestGateway
let server: MailServer
let reviewer: Person
const investors: Person[] = []
const reason = 'The selfie shows somebody else.'

beforeAll(async () => {
  ;[stack, server] = await Promise.all([startStack(), startMailServer()])
  // Without SMTP_URL nobody has to verify an address: these are there when the server comes.
  const before = await stack.startGateway()
  const seed = people(before)
  reviewer = await seed.reviewer()
  for (let count = 0; count < 6; count++) investors.push(await seed.investor())
  await vi.waitFor(
    async () => {
      const { rowCount } = await before.services.pool.query('select from mails where sent_at is null')
      if (rowCount) throw new Error('the mails of the sign-ups are not out yet')
    },
    { timeout: 45_000 },
  )
  await before.close()
  gateway = await stack.startGateway({ SMTP_URL: server.url })
  reviewer = here(reviewer)
})
afterAll(async () => {
  await stack.stop()
  await server.stop()
})

const here = (person: Person): Person => ({ ...person, ...createTestClient(gateway.url, person.token) })
const somebody = () => here(investors.pop()!)

async function decide(field: string, applicationId: string, more: Record<string, unknown> = {}) {
  const input = `${field.replace(/^./, (letter) => letter.toUpperCase())}Input`
  const { body } = await postGraphQL(
    gateway,
    {
      query: `mutation ($input: ${input}!) { ${field}(input: $input) { application { status } } }`,
      variables: { input: { applicationId, ...more } },
    },
    // A reviewer's browser says nothing of the applicant's language.
    { authorization: `Bearer ${reviewer.token}`, 'accept-language': 'nl' },
  )
  expect(body.errors).toBeUndefined()
}
const sql = (text: string, values: unknown[]) => gateway.services.pool.query(text, values)
const subjectsFor = ({ email }: Person) => server.to(email).map(({ subject }) => subject)
/** When every mail that is queued has been sent. */
const delivered = () => jobsDone(stack.database, 'mail.send')

describe('the applicant is told by mail', () => {
  it('of each decision once, in their language; what was decided, and nothing else', async () => {
    const person = somebody()
    await sql(
      `insert into user_settings (user_id, locale, time_zone, currency, theme, date_format, number_format)
      values ($1, 'de-CH', 'Europe/Zurich', 'CHF', 'system', 'YYYY-MM-DD', 'de-CH')`,
      [person.id],
    )
    const id = await submitted(person)
    await decide('startKycReview', id)
    await decide('requestKycInformation', id, { reason })
    await person.get(kycOperations.submit, { id })
    await decide('approveKycApplication', id, { reason })
    await decide('revokeKycApproval', id, { reason })
    await delivered()
    expect(subjectsFor(person).toSorted()).toEqual([
      'Die Genehmigung Ihrer Identitätsprüfung wurde zurückgenommen',
      'Für Ihre Identitätsprüfung wird noch etwas gebraucht',
      'Ihre Identitätsprüfung wurde genehmigt',
    ])
    for (const mail of server.to(person.email)) {
      expect(linkIn(mail)).toBe(gateway.url)
      const said = mail.raw + mail.text + mail.html
      for (const secret of [reason, 'selfie', id, details.firstName, details.lastName, details.idDocumentNumber]) {
        expect(said).not.toContain(secret)
      }
    }
  })

  it('in the language of the last mail that they had asked for, where they have set none', async () => {
    const person = somebody()
    await sql(
      `insert into mails (id, user_id, kind, locale, expires_at, sent_at) values ('mail_earlier', $1, 'password_reset', 'fr', now(), now())`,
      [person.id],
    )
    await decide('rejectKycApplication', await submitted(person), { kind: 'RETRY', reason })
    await delivered()
    expect(subjectsFor(person)).toEqual(['Votre vérification d’identité n’a pas été approuvée'])
  })

  it('of an approval that ends; of one that a renewal replaces, by the renewal alone', async () => {
    const person = somebody()
    await approved(person, reviewer)
    await approved(person, reviewer)
    await delivered()
    const subject = 'Your identity check was approved'
    expect(subjectsFor(person)).toEqual([subject, subject])
    await sql(
      `update kyc_applications set version = version + 1, reviewed_at = now() - interval '2 s', expires_at = now() - interval '1 s'
      where user_id = $1 and status = 'approved'`,
      [person.id],
    )
    await Promise.all([expireKycApplications(gateway), expireKycApplications(gateway)])
    await delivered()
    expect(subjectsFor(person)).toEqual([subject, subject, 'Your identity check has expired'])
  })

  it('unless they have switched that off, as a channel or as a topic', async () => {
    const [mute, picky, keen] = [somebody(), somebody(), somebody()]
    const set = (person: Person, enabled: boolean, topics: string[]) =>
      sql('insert into notification_settings (user_id, preferences) values ($1, $2)', [
        person.id,
        JSON.stringify([{ channel: 'email', enabled, topics }]),
      ])
    await set(mute, false, ['compliance_updates'])
    await set(picky, true, ['system_alerts'])
    await set(keen, true, ['compliance_updates'])
    for (const person of [mute, picky, keen]) await approved(person, reviewer)
    await delivered()
    expect([mute, picky, keen].map((person) => subjectsFor(person).length)).toEqual([0, 0, 1])
    const { rows } = await sql('select user_id from mails where user_id = any($1) and kind like $2', [
      [mute.id, picky.id, keen.id],
      'kyc%',
    ])
    expect(rows).toEqual([{ user_id: keen.id }])
  })

  it('not of what was rolled back', async () => {
    const { services } = gateway
    const told = transaction({ services }, async (tx) => {
      await queueDecisionMail(tx, { userId: reviewer.id, status: 'approved' })
      throw new Error('rolled back')
    })
    await expect(told).rejects.toThrow('rolled back')
    await delivered()
    expect(subjectsFor(reviewer)).toEqual([])
    expect((await sql('select id from mails where user_id = $1 and sent_at is null', [reviewer.id])).rows).toEqual([])
  })
})

import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../src/config.ts'
import { users } from '../src/db/schema/auth.ts'
import { transaction } from '../src/db/transaction.ts'
import { newId } from '../src/ids.ts'
import { createMail, verifyMail } from '../src/mail/transport.ts'
import { type AccountMailKind, queueAccountMail, queueDecisionMail } from '../src/resolvers/mail/queue.ts'
import { sendMail } from '../src/resolvers/mail/send.ts'
import type { Services } from '../src/services.ts'
import { stackForTest } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { connectForTest, databaseForTest, eventually } from './harness/log.ts'
import { createTestLog, linkIn, type MailServer, mailServerForTest } from './harness/mail.ts'
import { startTestServices } from './harness/services.ts'
import { wayForTest } from './harness/way.ts'
import { freePort } from './services/free-port.ts'

const secretLink = 'https://gateway.example/api/auth/verify-email?token=canary-token&callbackURL=%2F'

async function seedUser({ db }: Services, name = 'Ada') {
  const id = newId('user')
  const email = `canary.${id}@example.com`
  await db.insert(users).values({ id, name, email, emailVerified: true })
  return { id, email }
}
type User = Awaited<ReturnType<typeof seedUser>>

const queueAccount = (
  services: Services,
  { id: userId, email: address }: User,
  kind: AccountMailKind = 'password_reset',
) =>
  transaction({ services }, (tx) =>
    queueAccountMail(tx, services.personalData, {
      userId,
      kind,
      content: { address, link: secretLink },
      acceptLanguage: null,
    }),
  )
const queueDecision = (services: Services, { id: userId }: User) =>
  transaction({ services }, (tx) => queueDecisionMail(tx, { userId, status: 'approved' }))

const rowsOf = async ({ pool }: Services, { id }: User) =>
  (await pool.query('select * from mails where user_id = $1 order by created_at, id', [id])).rows
const mailIdOf = async (services: Services, user: User): Promise<string> => (await rowsOf(services, user)).at(-1).id

/** What a process has that sends mails, without jobs that send them by themselves. */
async function startSender(server: Pick<MailServer, 'url'>, more: Record<string, string> = {}) {
  const database = await databaseForTest()
  const variables = { SMTP_URL: server.url, ...more }
  const start = (url = database.url) => startTestServices(database, { variables, url })
  return { services: await start(), start, database }
}

/** Until all is sent: as if the time until each next try had passed. */
async function hurry(ownerUrl: string) {
  const client = await connectForTest(ownerUrl)
  await expect
    .poll(
      async () => {
        await client.query('update graphile_worker._private_jobs set run_at = now() where locked_at is null')
        const { rows } = await client.query(`select from graphile_worker.jobs where task_identifier = 'mail.send'`)
        return rows.length
      },
      { interval: 1_000 },
    )
    .toBe(0)
}

describe('a mail', () => {
  it('waits for a server that is down, and arrives once', async () => {
    const stack = await stackForTest()
    const port = await freePort()
    const { services } = await stack.startGateway({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    const recipients = await Promise.all([1, 2, 3].map(() => seedUser(services)))
    for (const user of recipients) await queueAccount(services, user)
    await queueDecision(services, recipients[0]!)
    const client = await connectForTest(stack.database.ownerUrl)
    await eventually(async () => {
      const { rows } = await client.query(
        `select last_error from graphile_worker.jobs where task_identifier = 'mail.send' and attempts > 0`,
      )
      return rows.map(({ last_error }) => /mail server (did not take|was not there)/.test(last_error))
    }).toEqual([true, true, true, true])
    const server = await mailServerForTest({ port })
    await hurry(stack.database.ownerUrl)
    expect(server.received.map(({ recipient }) => recipient).toSorted()).toEqual(
      [...recipients, recipients[0]!].map(({ email }) => email).toSorted(),
    )
    expect(await rowsOf(services, recipients[0]!)).toMatchObject([
      { sent_at: expect.any(Date), content: null },
      { sent_at: expect.any(Date), content: null },
    ])
  })

  it('is sent by one of two gateways', async () => {
    const stack = await stackForTest()
    const server = await mailServerForTest()
    const [one, other] = [
      await stack.startGateway({ SMTP_URL: server.url }),
      await stack.startGateway({ SMTP_URL: server.url }),
    ]
    const recipients = await Promise.all(Array.from({ length: 20 }, () => seedUser(one.services)))
    await Promise.all(recipients.map((user, index) => queueAccount([one, other][index % 2]!.services, user)))
    await jobsDone(stack.database, 'mail.send')
    expect(server.received.map(({ recipient }) => recipient).toSorted()).toEqual(
      recipients.map(({ email }) => email).toSorted(),
    )
  })

  it('is in the hands of one process at a time, though its job be there twice', async () => {
    const server = await mailServerForTest()
    const { services, start } = await startSender(server)
    const other = await start()
    const user = await seedUser(services)
    await queueAccount(services, user)
    const mailId = await mailIdOf(services, user)
    const outcomes = await Promise.allSettled([services, other, services].map((each) => sendMail(each, { mailId })))
    expect(outcomes.map(({ status }) => status)).toContain('fulfilled')
    await sendMail(services, { mailId })
    expect(server.received).toHaveLength(1)
  })

  it('of a process that died is sent by another when its time is over, under the same Message-ID', async () => {
    const server = await mailServerForTest()
    const { services } = await startSender(server)
    const user = await seedUser(services)
    await queueAccount(services, user)
    const mailId = await mailIdOf(services, user)
    const claim = (until: string) => services.pool.query(`update mails set claimed_until = now() + interval '${until}'`)
    await claim('1 minute')
    await expect(sendMail(services, { mailId })).rejects.toThrow('another process')
    expect(server.received).toEqual([])
    await claim('-1 second')
    await sendMail(services, { mailId })
    expect(server.received.map(({ messageId }) => messageId)).toEqual([`<${mailId}@localhost>`])
  })

  it('that the server took is noted as sent, though the database was away at that moment', async () => {
    let way: Awaited<ReturnType<typeof wayForTest>> | undefined
    const server = await mailServerForTest({ beforeAnswer: async () => way?.close() })
    const { services, start, database } = await startSender(server)
    const user = await seedUser(services)
    await queueAccount(services, user)
    way = await wayForTest(database.url)
    const sender = await start(way.url)
    const sending = sendMail(sender, { mailId: await mailIdOf(services, user) })
    await eventually(() => server.received.length).toBe(1)
    expect(await rowsOf(services, user)).toMatchObject([{ sent_at: null }])
    await way.open()
    await sending
    expect(await rowsOf(services, user)).toMatchObject([{ sent_at: expect.any(Date), content: null }])
    expect(server.received).toHaveLength(1)
  })

  it('that is being sent when the process ends is left for another', async () => {
    let reach = () => {}
    const reached = new Promise<void>((resolve) => {
      reach = resolve
    })
    const server = await mailServerForTest({
      beforeAnswer: () => {
        reach()
        return new Promise(() => {})
      },
    })
    const { services } = await startSender(server)
    const user = await seedUser(services)
    await queueAccount(services, user)
    const sending = sendMail(services, { mailId: await mailIdOf(services, user) })
    const refused = expect(sending).rejects.toThrow('did not take')
    await reached
    services.mail.close()
    await refused
    const [row] = await rowsOf(services, user)
    expect(row).toMatchObject({ sent_at: null, given_up_at: null, claimed_until: row.created_at })
  })

  it('whose process died, before it had the mail in its hands or after, is sent long before its link is worn', async () => {
    const stack = await stackForTest()
    const server = await mailServerForTest()
    const { services } = await stack.startGateway({ SMTP_URL: server.url })
    const client = await connectForTest(stack.database.ownerUrl)
    const [before, after, letGo] = [await seedUser(services), await seedUser(services), await seedUser(services)]
    // Queued, and taken by somebody who never says another word.
    for (const user of [before, after, letGo]) {
      await transaction({ services }, async (tx) => {
        const mail = {
          userId: user.id,
          kind: 'password_reset',
          content: { address: user.email, link: secretLink },
        } as const
        await queueAccountMail({ ...tx, addJob: async () => {} }, services.personalData, {
          ...mail,
          acceptLanguage: null,
        })
      })
      const mailId = await mailIdOf(services, user)
      await client.query(
        `select graphile_worker.add_job('mail.send', json_build_object('mailId', $1::text), job_key => $2, run_at => now() + interval '1 hour')`,
        [mailId, `mail.send:${mailId}`],
      )
    }
    await client.query(
      `update graphile_worker._private_jobs set locked_by = 'a dead one', locked_at = now(), attempts = 1 where key <> $1`,
      [`mail.send:${await mailIdOf(services, letGo)}`],
    )
    await services.pool.query(`update mails set created_at = created_at - interval '11 minutes'`)
    await services.pool.query(`update mails set claimed_until = now() - interval '1 s' where user_id = $1`, [after.id])
    await services.pool.query('update mails set claimed_until = created_at where user_id = $1', [letGo.id])
    await services.pool.query(`select add_job('mail.resume', '{}')`)
    await jobsDone(stack.database, 'mail.resume')
    await Promise.all([server.waitFor(before.email), server.waitFor(after.email)])
    expect(server.received).toHaveLength(2)
  })

  it('is not sent any more when its link does not work any more', async () => {
    const server = await mailServerForTest()
    const { services } = await startSender(server)
    const user = await seedUser(services)
    await queueAccount(services, user)
    await services.pool.query(`update mails set expires_at = now() - interval '1 second'`)
    await sendMail(services, { mailId: await mailIdOf(services, user) })
    expect(await rowsOf(services, user)).toMatchObject([
      { sent_at: null, given_up_at: expect.any(Date), content: null },
    ])
    expect(server.received).toEqual([])
  })

  it('is given up when the server refuses its recipient for good, and tried again when for now', async () => {
    const stack = await stackForTest()
    const log = createTestLog()
    let isBusy = true
    const server = await mailServerForTest({
      refuse: (address) =>
        address === gone.email
          ? { responseCode: 550, message: `5.1.1 <${address}> is not known here` }
          : isBusy
            ? { responseCode: 451, message: `4.7.1 <${address}> try again later` }
            : null,
    })
    const { services } = await stack.startGateway({ SMTP_URL: server.url }, { logger: log.logger })
    const [gone, busy] = [await seedUser(services), await seedUser(services)]
    for (const user of [gone, busy]) await queueAccount(services, user)
    const client = await connectForTest(stack.database.ownerUrl)
    const jobs = async () =>
      (await client.query(`select last_error from graphile_worker.jobs where task_identifier = 'mail.send'`)).rows
    await eventually(jobs).toEqual([
      { last_error: expect.stringContaining('did not take a mail: EENVELOPE 451 4.7.1 at RCPT TO') },
    ])
    await eventually(() => rowsOf(services, gone)).toMatchObject([
      { given_up_at: expect.any(Date), sent_at: null, content: null },
    ])
    isBusy = false
    await hurry(stack.database.ownerUrl)
    expect(server.received.map(({ recipient }) => recipient)).toEqual([busy.email])
    const written = log.lines.join('')
    expect(written).toContain(
      'a mail was given up: the mail server did not take a mail: EENVELOPE 550 5.1.1 at RCPT TO',
    )
    expect(written).not.toContain(gone.email)
    expect(written).not.toContain(busy.email)
  })
})

describe('what is nobody else’s business', () => {
  it('is nowhere in clear: not in the outbox, not in the jobs, not in the log', async () => {
    const stack = await stackForTest()
    const log = createTestLog()
    const { services } = await stack.startGateway(
      { SMTP_URL: `smtp://operator:canary-password@127.0.0.1:${await freePort()}`, LOG_LEVEL: 'trace' },
      { logger: log.logger },
    )
    const user = await seedUser(services, 'Canary Person')
    await queueAccount(services, user)
    const client = await connectForTest(stack.database.ownerUrl)
    const job = async () =>
      (await client.query(`select * from graphile_worker._private_jobs where last_error is not null`)).rows
    await eventually(async () => (await job()).length).toBe(1)
    const [row] = await rowsOf(services, user)
    expect(row.content).toBeInstanceOf(Buffer)
    const everything = [
      JSON.stringify({ ...row, content: row.content.toString('latin1') }),
      JSON.stringify(await job()),
      log.lines.join(''),
    ].join('\n')
    expect(everything).toContain(row.id)
    expect(everything).not.toMatch(/canary/i)
    expect(log.lines.some((line) => line.includes('mail server'))).toBe(true)
  })

  it('a name that is markup, or has line breaks, is text in both forms and in no header', async () => {
    const server = await mailServerForTest()
    const { services } = await startSender(server)
    const name = '<script>alert(1)</script>"\'&amp;\r\nBcc: all@example.com\r\n\r\n{service} $& \u202e'
    const user = await seedUser(services, name)
    await queueAccount(services, user)
    await sendMail(services, { mailId: await mailIdOf(services, user) })
    const [mail] = server.received
    const shown = `Hello <script>alert(1)</script>"'&amp; Bcc: all@example.com {service} $&,`
    expect(mail!.text!.split('\n')[0]).toBe(shown)
    expect(mail!.html).not.toContain('<script')
    expect(mail!.html).toContain('Hello &lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;amp; Bcc: all@example.com')
    expect([mail!.recipient, mail!.bcc, mail!.subject]).toEqual([user.email, undefined, 'Choose a new password'])
    expect(linkIn(mail!)).toBe(secretLink)
  })

  it('an address that looks like two is none of the two', async () => {
    const server = await mailServerForTest()
    const { services } = await startSender(server)
    const user = await seedUser(services)
    await queueAccount(services, { ...user, email: `${user.email}, ${user.email}` })
    await sendMail(services, { mailId: await mailIdOf(services, user) })
    expect(server.received).toEqual([])
    expect(await rowsOf(services, user)).toMatchObject([{ given_up_at: expect.any(Date) }])
  })
})

describe('without SMTP_URL', () => {
  it('a mail is a line of the log with its link', async () => {
    const stack = await stackForTest()
    const log = createTestLog()
    const { services } = await stack.startGateway({}, { logger: log.logger })
    const user = await seedUser(services)
    await queueAccount(services, user)
    await jobsDone(stack.database, 'mail.send')
    const line = log.lines.map((text) => JSON.parse(text)).find(({ mail }) => mail === 'password_reset')
    expect(line).toMatchObject({ level: 30, link: secretLink, msg: expect.stringContaining('c…@example.com') })
    expect(log.lines.join('')).not.toContain(user.email)
  })

  it('it is that without the link in production, where a log has other readers', async () => {
    const log = createTestLog()
    const mail = createMail({ config: { ...readConfig({}), production: true }, logger: log.logger })
    await mail.send({
      ...{ id: 'mail_1', kind: 'password_reset', locale: 'en', to: 'canary@example.com', link: secretLink },
      ...{ subject: 'Choose a new password', text: '', html: '' },
    })
    expect(log.lines.join('')).toContain('SMTP_URL is not set')
    expect(log.lines.join('')).not.toContain('canary')
  })
})

describe('the way to the server', () => {
  const verify = (SMTP_URL: string) => verifyMail({ config: readConfig({ SMTP_URL }), logger: createTestLog().logger })
  const secured: Parameters<typeof mailServerForTest>[0] = {
    secure: true,
    authOptional: false,
    onAuth: ({ username, password }, _session, callback) =>
      username === 'operator' && password === 'p@ss'
        ? callback(null, { user: 'operator' })
        : callback(new Error('no such user')),
  }

  it('is encrypted, and the server must be who it says it is and take our sign-in', async () => {
    const { port } = await mailServerForTest(secured)
    const url = (password: string) => `smtps://operator:${password}@127.0.0.1:${port}`
    await expect(verify(url('p%40ss'))).rejects.toThrow(/^the mail server cannot be used: ESOCKET/)
    const trusting = '?tls.rejectUnauthorized=false'
    await expect(verify(url('p%40ss') + trusting)).resolves.toBeUndefined()
    const refused = await verify(url('canary') + trusting).catch((error: Error) => error)
    expect(String(refused)).toMatch(/the mail server cannot be used: EAUTH 535/)
    expect(`${refused} ${(refused as Error).stack}`).not.toContain('canary')
  })

  it('is encrypted as soon as a server offers it', async () => {
    const { url } = await mailServerForTest({ hideSTARTTLS: false, disabledCommands: [] })
    await expect(verify(url)).rejects.toThrow('the mail server cannot be used: ')
    await expect(verify(`${url}?tls.rejectUnauthorized=false`)).resolves.toBeUndefined()
  })

  it('that leads nowhere is said so', async () => {
    await expect(verify(`smtp://127.0.0.1:${await freePort()}`)).rejects.toThrow('cannot be used: ESOCKET at CONN')
    const hasNoGreeting = createServer((socket) => socket.end())
    onTestFinished(() => void hasNoGreeting.close())
    await new Promise<void>((resolve) => hasNoGreeting.listen(0, '127.0.0.1', resolve))
    const { port } = hasNoGreeting.address() as { port: number }
    await expect(verify(`smtp://127.0.0.1:${port}`)).rejects.toThrow('the mail server cannot be used: ')
  })
})

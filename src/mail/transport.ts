import { createTransport } from 'nodemailer'
import addressparser from 'nodemailer/lib/addressparser'
import type { Config } from '../config.ts'
import type { MailKind } from '../db/schema/mail.ts'
import type { Logger } from '../logger.ts'
import type { Rendered } from './render.ts'

/** For a whole mail, from the connection to the server's word. */
const sendTimeoutMs = 60_000
const connectTimeoutMs = 10_000
const silenceTimeoutMs = 20_000
/** After nobody was there, the mails in line fail at once for a while, so that they do not keep the workers waiting. */
const pauseMs = 5_000

export type OutgoingMail = Rendered & { id: string; kind: MailKind; locale: string; to: string; link: string }

/**
 * The server said no, or nothing. Its own words are left out: they repeat addresses, and go into the log and the job.
 * `final`: it will not take this mail for this recipient, however often it is asked.
 */
export class MailError extends Error {
  readonly final: boolean

  constructor(message: string, final: boolean) {
    super(message)
    this.final = final
  }
}

/** Mails go to SMTP_URL; without one into the log, with the link that makes them of use. */
export function createMail({ config, logger }: { config: Config; logger: Logger }) {
  const { smtpUrl, from } = config.mail
  const closing = new AbortController()
  const transport = smtpUrl === null ? toLog(config, logger) : toServer(smtpUrl, from, closing.signal)
  return {
    /** Whether mails reach anybody. */
    reachesPeople: smtpUrl !== null,
    /** What the sender calls itself; null: MAIL_FROM has an address alone. */
    senderName: parsed(from).name || null,
    ...transport,
    /** Ends what is being sent. */
    close: () => closing.abort(),
  }
}

function toServer(url: string, from: string, closed: AbortSignal) {
  // A connection a mail: nodemailer's pool sends a mail again by itself when its connection breaks, be it sent or not.
  const transport = createTransport({
    url,
    dnsTimeout: connectTimeoutMs,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = parsed(from).address.split('@').at(-1) || 'localhost'
  let pausedUntil = 0
  return {
    async send({ id, to, subject, text, html, locale }: OutgoingMail) {
      if (performance.now() < pausedUntil) throw new MailError('the mail server was not there a moment ago', false)
      try {
        await transport.sendMail({
          from,
          // As an object: what is in it is one address, whatever characters it has.
          to: { name: '', address: to },
          subject,
          text,
          html,
          // The same at every try, so that a mailbox can tell that it has this one already.
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': locale },
          xMailer: false,
          textEncoding: 'quoted-printable',
          signal: AbortSignal.any([closed, AbortSignal.timeout(sendTimeoutMs)]),
        })
      } catch (error) {
        if ((error as Failure).command === 'CONN') pausedUntil = performance.now() + pauseMs
        throw mailError('did not take a mail', error)
      }
    },
    /** Connects, signs in where SMTP_URL has a name, and leaves. */
    async verify() {
      try {
        await transport.verify()
      } catch (error) {
        throw mailError('cannot be used', error)
      }
    },
  }
}

/** Whether the server of SMTP_URL takes us: for whoever asks before the first mail. Says nothing of mails that go to the log. */
export async function verifyMail(options: { config: Config; logger: Logger }) {
  const mail = createMail(options)
  try {
    await mail.verify()
  } finally {
    mail.close()
  }
}

/** A link lets in whoever has it: in production the log is not the place for one. */
const toLog = ({ production }: Config, logger: Logger) => ({
  async send({ kind, to, subject, link }: OutgoingMail) {
    if (production) logger.warn({ mail: kind }, 'a mail reached nobody: SMTP_URL is not set')
    else logger.info({ mail: kind, link }, `mail to ${masked(to)}: ${subject}`)
  },
  async verify() {},
})

const parsed = (from: string) => addressparser(from, { flatten: true })[0] ?? { name: '', address: '' }

/** Enough to know one's own. */
const masked = (address: string) => address.replace(/^(.)[^@]*/u, '$1…')

type Failure = { code?: string; command?: string; response?: string; responseCode?: number; permanent?: boolean }

function mailError(what: string, error: unknown): MailError {
  const { code = 'an error', command, response, responseCode, permanent } = error as Failure
  // The enhanced code of RFC 3463 says what it was about: 5.1.1 no such mailbox, 5.7.1 not allowed.
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1]
  const reply = responseCode ? ` ${[responseCode, enhanced].filter(Boolean).join(' ')}` : ''
  const at = command ? ` at ${command}` : ''
  return new MailError(
    `the mail server ${what}: ${code}${reply}${at}`,
    // About the recipient or the message; a refusal of the sender or of a sign-in is a matter of settings.
    permanent === true && (command === 'RCPT TO' || command === 'DATA'),
  )
}

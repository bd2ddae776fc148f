import { type ParsedMail, simpleParser } from 'mailparser'
import { pino } from 'pino'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'
import { eventually } from './log.ts'

export type ReceivedMail = ParsedMail & { recipient: string; raw: string }
export type MailServer = Awaited<ReturnType<typeof startMailServer>>

type Options = SMTPServerOptions & {
  /** Where a server was before. */
  port?: number
  /** What it answers to a recipient instead of taking the mail. */
  refuse?: (address: string) => { responseCode: number; message: string } | null
  /** When it has a mail, and before it says so. */
  beforeAnswer?: () => Promise<unknown> | undefined
}

/** An SMTP server that keeps what it gets. */
export async function startMailServer({ port = 0, refuse, beforeAnswer, ...options }: Options = {}) {
  const received: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, callback) {
      const refusal = refuse?.(address)
      callback(refusal ? Object.assign(new Error(refusal.message), refusal) : null)
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks)
        const recipient = session.envelope.rcptTo.map(({ address }) => address).join(' and ')
        received.push(Object.assign(await simpleParser(raw), { recipient, raw: raw.toString() }))
        await beforeAnswer?.()
        callback()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = () => new Promise<void>((resolve) => server.close(resolve))
  const address = server.server.address() as { port: number }

  return {
    port: address.port,
    url: `smtp://127.0.0.1:${address.port}`,
    received,
    stop,
    /** Whatever came for this address so far. */
    to: (recipient: string) => received.filter((mail) => mail.recipient === recipient),
    /** The mails for this address, as soon as there are so many. */
    async waitFor(recipient: string, count = 1): Promise<ReceivedMail[]> {
      await eventually(() => this.to(recipient).length).toBe(count)
      return this.to(recipient)
    },
  }
}

/** One that ends with the test. */
export async function mailServerForTest(options?: Options) {
  const server = await startMailServer(options)
  onTestFinished(() => server.stop())
  return server
}

/** The link of a mail: the same in both of its forms. */
export function linkIn({ text, html }: ReceivedMail): string {
  const link = /^https?:\S+$/m.exec(text ?? '')?.[0]
  if (!link || !String(html).includes(`href="${link.replaceAll('&', '&amp;')}"`)) throw new Error(`no link in ${text}`)
  return link
}

/** A log that can be read. */
export function createTestLog() {
  const lines: string[] = []
  return { lines, logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }) }
}

import { verifyMail } from '../mail/transport.ts'
import { type Check, failed, ok, type Patient, warning } from './check.ts'

export const mailCheck = ({ config, logger }: Patient): Check => ({
  name: 'mail',
  async run() {
    const { smtpUrl, from } = config.mail
    if (smtpUrl === null) {
      const found = 'mails reach nobody: they are written to the log (SMTP_URL is not set)'
      if (!config.production) return [ok(found)]
      return [warning(found, 'set SMTP_URL and MAIL_FROM: nobody can confirm an address or set a new password')]
    }
    const { host } = new URL(smtpUrl)
    try {
      await verifyMail({ config, logger })
    } catch (error) {
      return [failed(`${host}: ${(error as Error).message}`, adviceOn((error as Error).message))]
    }
    const isOurs = !/@localhost>?$/.test(from)
    return [
      ok(`${host} takes us`),
      isOurs
        ? ok(`mails come from ${from}`)
        : warning(`mails come from ${from}`, 'set MAIL_FROM to an address of yours: others are taken for spam'),
    ]
  },
})

const adviceOn = (message: string) =>
  /EAUTH|535/.test(message)
    ? 'correct the user and the password of SMTP_URL'
    : 'correct the host and the port of SMTP_URL (smtp:// or smtps://), or start the server'

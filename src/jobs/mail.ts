import { z } from 'zod'
import { resumeMails } from '../resolvers/mail/resume.ts'
import { sendMail } from '../resolvers/mail/send.ts'
import { defineTask } from './task.ts'

/** A mail that a committed change needs. */
export const mailSend = defineTask({
  name: 'mail.send',
  schema: z.object({ mailId: z.string().min(1) }),
  run: sendMail,
})

/** Mails of processes that died are sent by others. */
export const mailResume = defineTask({
  name: 'mail.resume',
  schema: z.object({}),
  cron: '*/5 * * * *',
  run: (services) => resumeMails({ services }),
})

import { z } from 'zod'
import { sendMail } from '../resolvers/mail/send.ts'
import { defineTask } from './task.ts'

/** A mail that a committed change needs. */
export const mailSend = defineTask({
  name: 'mail.send',
  schema: z.object({ mailId: z.string().min(1) }),
  run: sendMail,
})

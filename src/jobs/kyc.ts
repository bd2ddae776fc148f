import { z } from 'zod'
import { expireKycApplications } from '../resolvers/kyc/expire.ts'
import { defineTask } from './task.ts'

/** Approvals end when their time has come. */
export const kycExpire = defineTask({
  name: 'kyc.expire',
  schema: z.object({}),
  cron: '* * * * *',
  run: (services) => expireKycApplications({ services }),
})

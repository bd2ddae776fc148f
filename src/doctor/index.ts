import { chainCheck } from './chain.ts'
import type { Check, Patient } from './check.ts'
import { jobsCheck } from './jobs.ts'
import { mailCheck } from './mail.ts'
import { postgresCheck } from './postgres.ts'
import { ratesCheck } from './rates.ts'
import { redisCheck } from './redis.ts'
import { replicaCheck } from './replica.ts'
import { setupCheck } from './setup.ts'
import { storeCheck } from './store.ts'

const checks: readonly ((patient: Patient) => Check)[] = [
  setupCheck,
  postgresCheck,
  replicaCheck,
  jobsCheck,
  redisCheck,
  storeCheck,
  mailCheck,
  ratesCheck,
  chainCheck,
]

/** Every dependency, each on its own. */
export const checksOf = (patient: Patient): Check[] => checks.map((check) => check(patient))

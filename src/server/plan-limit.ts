import { isApiKey } from '../auth/api-key.ts'
import type { Credential } from '../auth/credential.ts'
import { RateLimitedError } from '../errors.ts'
import type { Services } from '../services.ts'

/** Counts what a key asks against its plan, before anything of it is read. RATE_LIMITED when it was too much. */
export const createPlanLimit = ({ viewers, limiter, config }: Services) => {
  const { plans } = config.apiKeys
  async function assertWithin(token: string) {
    const viewer = await viewers.resolve(token)
    if (viewer.kind !== 'apiKey') return
    // A plan that is not configured any more: its keys have the first.
    const { name, requestsPerMinute } = plans.find((plan) => plan.name === viewer.plan) ?? plans[0]!
    const { allowed, retryAfterSeconds } = await limiter.consume(`key ${viewer.id}`, requestsPerMinute)
    if (allowed) return
    const message = `The plan ${name} has ${requestsPerMinute} requests a minute: ask again in ${retryAfterSeconds} s.`
    throw new RateLimitedError(message, { retryAfterSeconds })
  }
  /** Null: nothing is counted. */
  return (credential: Credential | null) =>
    credential && isApiKey(credential.token) ? assertWithin(credential.token) : null
}

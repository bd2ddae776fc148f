import { z } from 'zod'
import { guardSealedTokens } from '../resolvers/token/guard.ts'
import { defineTask } from './task.ts'

/** One token when it is sealed, and all of them every day. */
export const tokenGuard = defineTask({
  name: 'token.guard',
  schema: z.object({ tokenId: z.string().optional() }),
  cron: '53 4 * * *',
  catchUpMs: 86_400_000,
  run: guardSealedTokens,
})

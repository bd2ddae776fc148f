import { APIError, createAuthEndpoint, sensitiveSessionMiddleware } from 'better-auth/api'
import { z } from 'zod'

/**
 * `POST /api/auth/step-up { password }`: within a session, prove once more who you are. What an admin may only do
 * after it is open for a while then (STEP_UP_SECONDS). The trigger on `sessions` makes it an event.
 */
export const stepUp = () => ({
  id: 'step-up' as const,
  schema: {
    session: { fields: { steppedUpAt: { type: 'date' as const, required: false, input: false, returned: false } } },
  },
  endpoints: {
    stepUp: createAuthEndpoint(
      '/step-up',
      { method: 'POST', body: z.object({ password: z.string() }), use: [sensitiveSessionMiddleware] },
      async (ctx) => {
        const { session, user } = ctx.context.session
        const accounts = await ctx.context.internalAdapter.findAccounts(user.id)
        const hash = accounts.find((account) => account.providerId === 'credential')?.password
        const correct = hash && (await ctx.context.password.verify({ hash, password: ctx.body.password }))
        if (!correct) throw new APIError('UNAUTHORIZED', { code: 'INVALID_PASSWORD', message: 'Invalid password' })
        await ctx.context.internalAdapter.updateSession(session.token, { steppedUpAt: new Date() })
        return ctx.json({ status: true })
      },
    ),
  },
})

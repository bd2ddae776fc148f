import { z } from 'zod'
import { endManualRates } from '../resolvers/rate/end.ts'
import { refreshExchangeRates } from '../resolvers/rate/refresh.ts'
import { defineTask } from './task.ts'

/** What the provider says now. One that says nothing, or nonsense, is asked again at the next time, not before. */
export const ratesRefresh = defineTask({
  name: 'rates.refresh',
  schema: z.object({}),
  cron: '*/5 * * * *',
  run: (services) => refreshExchangeRates(services),
})

/** Manual rates end when their time has come. */
export const ratesEnd = defineTask({
  name: 'rates.end',
  schema: z.object({}),
  cron: '* * * * *',
  run: (services) => endManualRates({ services }),
})

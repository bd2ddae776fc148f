import { encodeCursor } from '../log/cursor.ts'
import { type ExchangeRateEvent, followExchangeRateChanges } from '../resolvers/rate/follow.ts'
import { type ExchangeRate, listExchangeRates, readExchangeRateHistory } from '../resolvers/rate/read.ts'
import { setExchangeRate } from '../resolvers/rate/set.ts'
import { builder } from './builder.ts'
import { needs } from './permission.ts'
import { reads, toEverybody } from './tags.ts'

const ExchangeRateType = builder.objectRef<ExchangeRate>('ExchangeRate').implement({
  extensions: reads('rates'),
  description: [
    'A quotation: 1 base = rate quote. It has no id of its own: a pair has many over time, and cross rates are computed.',
    'What an admin has set by hand, of the pair or its inverse, the last one set, wins until it expires.',
    'Else the rate goes over the base of the provider that answered last, where a leg that was set by hand counts as the leg.',
    'Whatever is computed is exact, rounded once, half-even, to 10 decimals. A currency to itself is 1.',
  ].join(' '),
  fields: (t) => ({
    base: t.expose('base', { type: 'Currency', description: 'What is priced.' }),
    quote: t.expose('quote', { type: 'Currency', description: 'What it is priced in.' }),
    rate: t.expose('rate', { type: 'Decimal', description: '1 base = rate quote; at most 10 decimals.' }),
    source: t.exposeString('source', {
      description:
        'ecb, open-er-api, ecb-snapshot (sample data that comes with the gateway) or manual; two, as ecb+manual, when the legs of a cross rate are of two.',
    }),
    asOf: t.expose('asOf', {
      type: 'DateTime',
      description: 'When it held, by its source. Of a cross rate the older leg’s.',
    }),
    fetchedAt: t.expose('fetchedAt', {
      type: 'DateTime',
      description: 'When the source last said so. Of a cross rate the older leg’s.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'Until when it is to be relied on. Of a cross rate the earlier leg’s.',
    }),
    stale: t.exposeBoolean('stale', {
      description: 'Past `expiresAt`: the last that is known, because the source has not answered since.',
    }),
  }),
})

builder.queryFields((t) => ({
  exchangeRate: t.field({
    type: ExchangeRateType,
    nullable: true,
    extensions: toEverybody,
    description: 'The rate of a pair. Null when one of its currencies is not known.',
    args: {
      base: t.arg({ type: 'Currency', required: true, description: 'What is priced.' }),
      quote: t.arg({ type: 'Currency', required: true, description: 'What it is priced in.' }),
    },
    resolve: async (_root, { base, quote }, ctx) =>
      (await listExchangeRates(ctx, { base, quotes: [quote] }))[0] ?? null,
  }),
  exchangeRates: t.field({
    type: [ExchangeRateType],
    extensions: toEverybody,
    description:
      'The rates of a base, in the order of their quotes’ codes. Currencies that are not known are left out.',
    args: {
      base: t.arg({ type: 'Currency', required: true, description: 'What is priced.' }),
      quotes: t.arg({
        type: ['Currency'],
        description: 'What it is priced in, at most 100; absent: every other currency that is known.',
      }),
    },
    resolve: (_root, { base, quotes }, ctx) => listExchangeRates(ctx, { base, quotes: quotes ?? null }),
  }),
  exchangeRateHistory: t.field({
    type: [ExchangeRateType],
    extensions: toEverybody,
    description:
      'What the rate of a pair was, each time that a quotation which it rests on was new; newest first. A cross rate is computed from the legs as they were then.',
    args: {
      base: t.arg({ type: 'Currency', required: true, description: 'What is priced.' }),
      quote: t.arg({ type: 'Currency', required: true, description: 'What it is priced in.' }),
      since: t.arg({ type: 'DateTime', description: 'What was new to the gateway at this moment or later.' }),
      until: t.arg({ type: 'DateTime', description: 'What was new to the gateway before this moment.' }),
      first: t.arg.int({ description: 'How many, 1 to 1,000; 100 when absent.' }),
    },
    resolve: (_root, { base, quote, since, until, first }, ctx) =>
      readExchangeRateHistory(ctx, { base, quote, since: since ?? null, until: until ?? null, first: first ?? 100 }),
  }),
}))

const SetExchangeRateInput = builder.inputType('SetExchangeRateInput', {
  fields: (t) => ({
    base: t.field({ type: 'Currency', required: true, description: 'What is priced.' }),
    quote: t.field({ type: 'Currency', required: true, description: 'What it is priced in; not the base.' }),
    rate: t.field({
      type: 'Decimal',
      required: true,
      description: '1 base = rate quote; greater than zero, at most 10 digits before and 10 after the point.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Until when it wins, in the future; 24 hours when absent.' }),
  }),
})

builder.mutationField('setExchangeRate', (t) =>
  t.field({
    type: builder.objectRef<{ rate: ExchangeRate }>('SetExchangeRatePayload').implement({
      fields: (payload) => ({
        rate: payload.expose('rate', { type: ExchangeRateType, description: 'As it is shown from now on.' }),
      }),
    }),
    ...needs('rate:set'),
    description: [
      'Sets a rate by hand. It wins over the provider’s, also for the inverse and as a leg of cross rates, until it expires.',
      'It is also how a true jump is let in: a provider’s answer that jumps by more than RATES_MAX_CHANGE_PERCENT is refused',
      'as a whole, unless what it says is that near to a manual rate of the pair.',
    ].join(' '),
    args: { input: t.arg({ type: SetExchangeRateInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({
      rate: await setExchangeRate(ctx, { ...input, expiresAt: input.expiresAt ?? null }),
    }),
  }),
)

const ExchangeRateEventType = builder.objectRef<ExchangeRateEvent>('ExchangeRateEvent').implement({
  description: 'A rate that is another than before.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Where this event stands in the log: subscribe with `after` to go on from here.',
      resolve: ({ place }) => encodeCursor({ rates: place }),
    }),
    rate: t.expose('rate', {
      type: ExchangeRateType,
      description: 'As it was at this event, also when it is replayed; `stale` as of now.',
    }),
  }),
})

builder.subscriptionField('exchangeRateChanges', (t) =>
  t.field({
    type: ExchangeRateEventType,
    description:
      'The rates of a base, computed, whenever a quotation that they rest on changes, each once in a refresh; without a base the pairs that are quoted themselves. That a manual rate is over is told within a minute.',
    args: {
      base: t.arg({ type: 'Currency', description: 'What is priced.' }),
      quotes: t.arg({
        type: ['Currency'],
        description: 'What it is priced in, at most 100, with `base` only; absent: every currency that is known.',
      }),
      after: t.arg.string({
        description: 'A cursor: first replay what came after it. RESYNC_REQUIRED when the log does not hold it.',
      }),
    },
    subscribe: (_root, { base, quotes, after }, ctx) =>
      followExchangeRateChanges(ctx, { base: base ?? null, quotes: quotes ?? null, after: after ?? null }),
    resolve: (event) => event,
  }),
)

import { buildSchema, type GraphQLSchema, parse } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { describe, expect, it } from 'vitest'
import { type Context, createContext } from '../src/context.ts'
import { UnauthenticatedError } from '../src/errors.ts'
import { useFreshContext } from '../src/server/use-fresh-context.ts'
import { people, stackForTest } from './harness/index.ts'

/** A source that gives what it is given, and says when it has been ended. */
function createSource() {
  const waiting: ((result: IteratorResult<object, undefined>) => void)[] = []
  let ended = false
  return {
    emit: () => waiting.shift()!({ done: false, value: {} }),
    isWaiting: () => waiting.length > 0,
    hasEnded: () => ended,
    iterator: {
      [Symbol.asyncIterator]() {
        return this
      },
      next: () => new Promise<IteratorResult<object, undefined>>((resolve) => waiting.push(resolve)),
      return: async () => {
        ended = true
        for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined })
        return { done: true as const, value: undefined }
      },
    },
  }
}

function schemaOf(source: ReturnType<typeof createSource>): GraphQLSchema {
  const schema = buildSchema('type Query { role: String } type Subscription { role: String }')
  const field = schema.getSubscriptionType()!.getFields().role!
  field.subscribe = () => source.iterator
  field.resolve = (_event, _args, ctx: Context) => {
    if (ctx.viewer.kind !== 'user') throw new UnauthenticatedError()
    return ctx.viewer.role
  }
  return schema
}

/** A subscription of somebody with a real session, through the plugin alone. */
async function subscribeAs(role: 'investor' | 'reviewer') {
  const stack = await stackForTest()
  const gateway = await stack.startGateway()
  const seed = people(gateway)
  const person = await seed[role]()
  const { services } = gateway
  const source = createSource()
  const viewer = await services.viewers.resolve(person.token)
  const credential = { token: person.token!, ambient: false }
  const yoga = createYoga({
    schema: schemaOf(source),
    plugins: [useFreshContext()],
    logging: false,
    maskedErrors: false,
  })
  const { subscribe, schema } = yoga.getEnveloped()
  const events = (await subscribe({
    schema,
    document: parse('subscription { role }'),
    contextValue: createContext({ services, viewer, requestId: 'test', credential }),
  })) as AsyncIterableIterator<{ data: { role: string | null } }>
  const next = async () => {
    const shown = events.next()
    await expect.poll(source.isWaiting).toBe(true)
    source.emit()
    return (await shown).value
  }
  return { gateway, seed, person, source, events, next }
}

describe('a subscription', () => {
  it('is executed with the rights of each event’s moment', async () => {
    const { seed, person, next } = await subscribeAs('reviewer')
    expect(await next()).toEqual({ data: { role: 'compliance' } })
    const admin = await seed.admin()
    await admin.ask(
      parse(`mutation { setUserRole(input: { userId: "${person.id}", role: INVESTOR }) { user { id } } }`) as never,
    )
    expect(await next()).toEqual({ data: { role: 'investor' } })
  })

  it('tells whoever is signed out so once, and then ends at its source', async () => {
    const { seed, person, source, events, next } = await subscribeAs('investor')
    await seed.signOut(person.token!)
    expect(await next()).toMatchObject({ errors: [{ message: 'Sign in first.' }] })
    expect(source.hasEnded()).toBe(true)
    expect((await events.next()).done).toBe(true)
  })

  it('ends at its source when its reader goes, without an event to wake it', async () => {
    const { source, events } = await subscribeAs('investor')
    const waiting = events.next()
    await expect.poll(source.isWaiting).toBe(true)
    await events.return?.()
    expect(source.hasEnded()).toBe(true)
    expect((await waiting).done).toBe(true)
  })
})

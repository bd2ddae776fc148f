import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { type Context, refreshed } from '../context.ts'
import { codeOf } from './mask-error.ts'

/** Rights are asked for anew with each event: one that ended while a subscription was open ends what it shows. */
export const useFreshContext = (): Plugin<Context> => ({
  onSubscribe({ setSubscribeFn }) {
    setSubscribeFn(subscribe)
  },
})

async function subscribe(args: ExecutionArgs) {
  const source = await createSourceEventStream(args)
  return Symbol.asyncIterator in source ? executeEach(source[Symbol.asyncIterator](), args) : source
}

/** No generator: one that waits for an event cannot be ended, and whoever leaves must not wait for an event. */
export function executeEach(events: AsyncIterator<unknown>, args: ExecutionArgs): AsyncIterableIterator<ExecutionResult> {
  const done = { done: true, value: undefined } as const
  let ended = false

  async function end() {
    ended = true
    await events.return?.()
    return done
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (ended) return done
      try {
        const event = await events.next()
        if (event.done || ended) return done
        const contextValue = await refreshed(args.contextValue as Context)
        const result = await execute({ ...args, rootValue: event.value, contextValue })
        // Who is signed out gets told so once, and nothing after it.
        if (result.errors?.some((error) => codeOf(error) === 'UNAUTHENTICATED')) await end()
        return { done: false, value: result }
      } catch (error) {
        await end()
        throw error
      }
    },
    return: end,
  }
}

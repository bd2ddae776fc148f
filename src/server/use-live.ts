import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'
import type { Live } from './live/index.ts'
import type { Sink } from './live/subscription.ts'

/** Subscriptions follow the log: over a WebSocket into its sink, over SSE by being asked. */
export const useLive = (live: Live): Plugin<Context & { sink?: Sink }> => ({
  onSubscribe({ setSubscribeFn }) {
    setSubscribeFn((args) => live.subscribe(args, args.contextValue.sink ?? null))
  },
})

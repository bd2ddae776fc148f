import { createSourceEventStream, type ExecutionArgs } from 'graphql'
import type { Stream } from '../../db/schema/event.ts'
import { feedBehind } from '../../log/feed.ts'
import type { Services } from '../../services.ts'
import { createHub, type Hub } from './hub.ts'
import { createShares } from './share.ts'
import { openSubscription, type Sink } from './subscription.ts'

export type Live = ReturnType<typeof createLive>

/** The subscriptions of a process: one hub a stream, whatever the number of subscribers. */
export function createLive(services: Pick<Services, 'tails' | 'viewers' | 'logger' | 'pool'>) {
  const shares = createShares()
  const hubs = new Map<Stream, Hub>()
  const hubOf = (stream: Stream) => {
    const hub = hubs.get(stream) ?? createHub({ services, stream, shares })
    hubs.set(stream, hub)
    return hub
  }
  services.viewers.onChange((userId) => {
    for (const hub of hubs.values()) hub.leaveUser(userId)
  })

  return {
    /** Subscribes to a field: its source stream, or the answer with what is wrong with it. */
    async subscribe(args: ExecutionArgs, sink: Sink | null) {
      const source = await createSourceEventStream(args)
      if (!(Symbol.asyncIterator in source)) return source
      const feed = feedBehind(source)
      return openSubscription({ args, feed, hub: hubOf(feed.stream), shares, sink })
    },
  }
}

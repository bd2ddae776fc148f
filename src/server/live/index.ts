import { createSourceEventStream, type ExecutionArgs } from 'graphql'
import type { Stream } from '../../db/schema/event.ts'
import { feedBehind } from '../../log/feed.ts'
import type { Services } from '../../services.ts'
import { createTurns, type InTurn } from '../../turns.ts'
import { createHub, type Hub } from './hub.ts'
import { createShares } from './share.ts'
import { openSubscription, type Sink } from './subscription.ts'

export type Live = ReturnType<typeof createLive>

/** The subscriptions of a process: one hub a stream, whatever the number of subscribers. */
export function createLive(services: Pick<Services, 'tails' | 'viewers' | 'logger' | 'pool'>) {
  const shares = createShares()
  // Of the connections to PostgreSQL each stream takes a part: subscribers who all ask for something else are many.
  const maxAtOnce = Math.max(1, Math.floor((services.pool.options.max ?? 1) / 4))
  const rooms = new Map<Stream, { hub: Hub; inTurn: InTurn }>()
  const roomOf = (stream: Stream) => {
    const room = rooms.get(stream) ?? {
      hub: createHub({ services, stream, shares }),
      inTurn: createTurns({ max: maxAtOnce }),
    }
    rooms.set(stream, room)
    return room
  }
  services.viewers.onChange((userId) => {
    for (const { hub } of rooms.values()) hub.leaveUser(userId)
  })

  return {
    /** Subscribes to a field: its source stream, or the answer with what is wrong with it. */
    async subscribe(args: ExecutionArgs, sink: Sink | null) {
      const source = await createSourceEventStream(args)
      if (!(Symbol.asyncIterator in source)) return source
      const feed = feedBehind(source)
      return openSubscription({ args, feed, ...roomOf(feed.stream), shares, sink })
    },
  }
}

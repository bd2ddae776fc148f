import type { Stream } from '../db/schema/event.ts'
import type { Viewer } from '../permissions.ts'
import type { Place } from './cursor.ts'
import type { LoggedEvent } from './event.ts'

/** What a subscription field reads: one stream of the log, and what of each event a viewer gets. */
export type Feed<T = unknown> = {
  stream: Stream
  /** Null: from the moment of subscribing on. */
  after: Place | null
  /** Whether the event is one that anybody who asks the same could be shown. Cheap: every group is asked of every event. */
  concerns(event: LoggedEvent): boolean
  /**
   * In the order in which they are sent; none when the event is not for this viewer. What it throws ends the subscription.
   * `place`: of whoever has seen a part of what this event is shown as.
   */
  select(viewer: Viewer, event: LoggedEvent, place?: Place): readonly T[] | Promise<readonly T[]>
  /** The users whose own affair an event is: what they are shown of it is shown to nobody else. */
  subjectsOf?(event: LoggedEvent): readonly string[]
}

const feeds = new WeakMap<object, Feed>()

/** What `subscribe` of a field returns: GraphQL wants an iterable. The server finds the feed behind it and follows that. */
export function followed<T>(feed: Feed<T>): AsyncIterable<T> {
  const iterable: AsyncIterable<T> = {
    [Symbol.asyncIterator]() {
      throw new Error('a feed is followed by the server')
    },
  }
  feeds.set(iterable, feed as Feed)
  return iterable
}

export function feedBehind(iterable: object): Feed {
  const feed = feeds.get(iterable)
  if (!feed) throw new Error('a subscription field without a feed')
  return feed
}

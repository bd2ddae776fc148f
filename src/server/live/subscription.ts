import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { ownerOf } from '../../auth/viewers.ts'
import type { Context } from '../../context.ts'
import type { Stream } from '../../db/schema/event.ts'
import { UnauthenticatedError } from '../../errors.ts'
import type { Place } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import type { Feed } from '../../log/feed.ts'
import { follow } from '../../log/follow.ts'
import { rightsOf, strangerLike, type Viewer } from '../../permissions.ts'
import type { InTurn } from '../../turns.ts'
import { asGraphQLError, codeOf } from '../mask-error.ts'
import { type Execution, executeEvent, patiently } from './execution.ts'
import type { Hub, Member } from './hub.ts'
import type { Group, Shared, Shares } from './share.ts'
import { sharingOf } from './sharing.ts'

/** Where answers go that nobody has to ask for. */
export type Sink = {
  /** False: it cannot take them now. */
  send(shared: Shared): boolean
  opened(subscription: LiveSubscription): void
  closed(subscription: LiveSubscription): void
}

type Options = { args: ExecutionArgs; feed: Feed; hub: Hub; shares: Shares; inTurn: InTurn; sink: Sink | null }
export type LiveSubscription = AsyncIterableIterator<ExecutionResult, undefined> & {
  readonly stream: Stream
  /** Everything up to here has been handed over. */
  placeNow(): Place
}

/** For a reader without a sink: whoever has more than this waiting goes on by reading the log. */
const maxWaiting = 64
const done = { done: true, value: undefined } as const

/**
 * A subscription is in one of two states. Behind: its reader pulls event by event, each with the rights of its moment.
 * Level: it is a member of the hub, which hands over what is worked out once for many. It goes from one to the other
 * between two events, in the same turn, so that none is missed and none comes twice.
 */
export async function openSubscription(options: Options): Promise<LiveSubscription> {
  const { feed, hub, shares, inTurn, sink } = options
  const { services, requestId, credential, viewer: subscriber } = options.args.contextValue as Context
  // Each event gets a context of its own: the one that was subscribed with need not live as long.
  const args = { ...options.args, contextValue: null }
  const { tails, viewers, pool } = services
  const tail = tails.of(feed.stream)
  const accounts = tails.of('accounts')
  const { key: work, isShareable } = sharingOf(args)
  const results: ExecutionResult[] = []
  let ended = false
  let wake = () => {}
  /** Whoever had to leave the hub takes the next event alone: it may be why. */
  let isAlone = false
  let membership: { key: string; member: Member } | null = null
  let events: AsyncIterableIterator<LoggedEvent, undefined> | null = null

  // "From now on" is what PostgreSQL says, not what this process has heard of yet.
  if (!feed.after) await tail.look()
  let place = feed.after ?? tail.head
  /** Up to here everything has been taken. */
  let taken = place
  /** The log that the place is known to be in. */
  let epoch = tail.epoch
  /** Events up to here came before a look at who may see what. */
  let checked = 0
  // A place that the log does not hold is refused when one subscribes, not at the first event.
  if (feed.after) await followOn()

  async function followOn() {
    await events?.return?.()
    epoch = tail.epoch
    events = await follow<LoggedEvent>({
      pool,
      tails,
      stream: feed.stream,
      after: place,
      select: async (event) => event,
    })
    // Whoever went meanwhile ended the one before.
    if (ended) await events.return?.()
    return events
  }

  async function viewerNow(): Promise<Viewer> {
    for (;;) {
      const { head } = accounts
      const viewer = await patiently(() => viewers.resolve(credential?.token ?? null))
      // Of what happened meanwhile nobody would tell this subscription later.
      if (accounts.head !== head) continue
      // Sockets are closed for that. A stream has nobody else to end it.
      if (!sink && viewer.kind === 'anonymous' && subscriber.kind !== 'anonymous') throw new UnauthenticatedError()
      return viewer
    }
  }

  const mayJoin = () => !ended && !isAlone && epoch === tail.epoch && place.part === undefined

  async function join(): Promise<boolean> {
    if (!mayJoin()) return false
    const viewer = await viewerNow()
    if (!mayJoin()) return false
    const group = groupFor(viewer)
    const member: Member = {
      viewer,
      place,
      deliver(shared) {
        if (sink) return sink.send(shared)
        if (results.length > maxWaiting) return false
        results.push(...shared.results)
        wake()
        return true
      },
      left(at, mayReturn) {
        place = at
        membership = null
        isAlone = !mayReturn
        wake()
      },
    }
    if (!hub.join(group, member)) return false
    membership = { key: group.key, member }
    await events?.return?.()
    events = null
    return true
  }

  function groupFor(viewer: Viewer): Group {
    const own = isShareable || viewer.kind === 'anonymous' ? '' : viewer.id
    const execution = executionFor(isShareable ? strangerLike(viewer) : viewer)
    return {
      key: [work, rightsOf(viewer), own].join(' '),
      concerns: (event) => feed.concerns(event),
      subjectsOf: (event) => (isShareable ? (feed.subjectsOf?.(event) ?? []) : []),
      execute: (event) => executeEvent(event, execution),
    }
  }

  const executionFor = (viewer: Viewer): Execution => ({ services, args, feed, viewer, requestId, inTurn })

  async function pull() {
    const { done: over, value: event } = await patiently(nextEvent)
    if (over || ended) return end()
    if (feed.concerns(event)) {
      await knowsWhoMay(event)
      results.push(...(await resultsFor(await viewerNow(), event)))
    }
    place = event
    isAlone = false
  }

  async function nextEvent() {
    const source = events ?? (await followOn())
    try {
      return await source.next()
    } catch (error) {
      events = null
      throw error
    }
  }

  /** Rights that ended before the event was written must have ended here as well. */
  async function knowsWhoMay({ position }: LoggedEvent) {
    if (position <= checked) return
    const { head } = tail
    await patiently(() => accounts.look())
    checked = head.position
  }

  /** One's own affairs are worked out for oneself alone, and so is what one has seen a part of. */
  async function resultsFor(viewer: Viewer, event: LoggedEvent): Promise<readonly ExecutionResult[]> {
    const group = groupFor(viewer)
    const isOwn = place.part !== undefined || group.subjectsOf(event).includes(ownerOf(viewer) ?? '')
    const shared = isOwn ? null : await shares.of(group, event)
    return shared ? shared.results : executeEvent(event, executionFor(viewer), place)
  }

  async function end() {
    if (!ended) sink?.closed(subscription)
    ended = true
    if (membership) hub.leave(membership.key, membership.member)
    wake()
    await events?.return?.()
  }

  async function nextResult(): Promise<ExecutionResult | null> {
    while (results.length === 0 && !ended) {
      if (membership) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      taken = place
      if (epoch !== tail.epoch) await patiently(followOn)
      if (!(await join()) && !ended) await pull()
    }
    return ended ? null : results.shift()!
  }

  const subscription: LiveSubscription = {
    stream: feed.stream,
    placeNow: () => (membership && sink ? hub.placeOf(membership.member) : taken),
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      try {
        const value = await nextResult()
        if (value === null) return done
        if (value.errors?.some((error) => isLast(codeOf(error)))) await end()
        return { done: false, value }
      } catch (error) {
        await end()
        return { done: false, value: { errors: [asGraphQLError(error)] } }
      }
    },
    async return() {
      await end()
      return done
    },
  }
  sink?.opened(subscription)
  return subscription
}

/** Who is signed out gets told so once; and who was not served goes on from their last cursor, or would miss an event. */
const isLast = (code: string) => code === 'UNAUTHENTICATED' || code === 'UNAVAILABLE'

import { ownerOf } from '../../auth/viewers.ts'
import type { Stream } from '../../db/schema/event.ts'
import { ResyncRequiredError } from '../../errors.ts'
import type { Place } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import { replay } from '../../log/follow.ts'
import type { Viewer } from '../../permissions.ts'
import type { Services } from '../../services.ts'
import { patiently } from './execution.ts'
import type { Group, Shared, Shares } from './share.ts'

/** So many events are worked out ahead of the one whose turn it is. */
const window = 32

/** One who is level with the hub. What is not for the group as a whole is theirs alone: they leave, and come back. */
export type Member = {
  viewer: Viewer
  /** What they have seen before they came. */
  place: Place
  /** False: cannot take it now. */
  deliver(shared: Shared): boolean
  /** No longer in the hub: everything up to this place was delivered. `mayReturn`: at once, with the rights of now. */
  left(place: Place, mayReturn: boolean): void
}

type OpenGroup = Group & { members: Set<Member>; byUser: Map<string, Set<Member>> }
/** What is done for an event, and how many groups had been opened when it was asked which ones it concerns. */
type Work = { begun: Map<OpenGroup, ReturnType<Shares['of']>>; done: Map<OpenGroup, Shared | null>; asked: number }

export type Hub = ReturnType<typeof createHub>
type Options = { services: Pick<Services, 'tails' | 'logger' | 'pool'>; stream: Stream; shares: Shares }

/** The events of one stream, on their way to every subscriber of this process who has caught up. */
export function createHub({ services, stream, shares }: Options) {
  const { tails, logger, pool } = services
  const tail = tails.of(stream)
  const groups = new Map<string, OpenGroup>()
  let opened = 0
  let place = tail.head
  let epoch = tail.epoch
  let idle = true
  let stop = new AbortController()

  tails.onReset(() => dissolve())

  function join(group: Group, member: Member): boolean {
    // Whoever is behind would miss what lies between.
    if (idle ? tail.after(member.place) === null : member.place.position < place.position) return false
    if (idle) begin(member.place)
    const found = groups.get(group.key) ?? open(group)
    found.members.add(member)
    const user = ownerOf(member.viewer)
    if (user !== null) {
      const own = found.byUser.get(user)
      if (own) own.add(member)
      else found.byUser.set(user, new Set([member]))
    }
    return true
  }

  function open(group: Group): OpenGroup {
    const made = { ...group, members: new Set<Member>(), byUser: new Map() }
    groups.set(group.key, made)
    opened += 1
    return made
  }

  function begin(at: Place) {
    place = at
    epoch = tail.epoch
    idle = false
    stop = new AbortController()
    run(stop.signal).catch((error: unknown) => {
      logger.error({ err: error, stream }, 'the hub of a stream failed')
      dissolve()
    })
  }

  function leave(group: OpenGroup, member: Member, mayReturn = false) {
    if (!group.members.delete(member)) return
    const user = ownerOf(member.viewer)
    const own = user === null ? undefined : group.byUser.get(user)
    own?.delete(member)
    if (user !== null && own?.size === 0) group.byUser.delete(user)
    if (group.members.size === 0) {
      groups.delete(group.key)
      if (groups.size === 0) {
        idle = true
        stop.abort()
      }
    }
    member.left(placeOf(member), mayReturn)
  }

  const placeOf = (member: Member) => (member.place.position > place.position ? member.place : place)

  function leaveAll(group: OpenGroup) {
    for (const member of [...group.members]) leave(group, member)
  }

  /** Everybody goes their own way, and asks the log whether it still holds their place. */
  function dissolve() {
    for (const group of [...groups.values()]) leaveAll(group)
  }

  async function run(signal: AbortSignal) {
    while (!signal.aborted) {
      const { head } = tail
      const events = await eventsAfter(place)
      if (!events || tail.epoch !== epoch) return signal.aborted || dissolve()
      if (events.length === 0 || !tails.isFresh()) {
        if (tail.head === head) await tail.changed(signal)
      } else {
        // Rights that ended before these events were written must have ended here as well.
        await patiently(() => tails.of('accounts').look())
        await deliverAll(events, signal)
      }
    }
  }

  /** From the ring of the tail, or what lies before it from PostgreSQL; null when the log does not hold the place. */
  async function eventsAfter(at: Place): Promise<LoggedEvent[] | null> {
    try {
      return tail.after(at) ?? (await patiently(() => replay(pool, tail, at)))
    } catch (error) {
      if (error instanceof ResyncRequiredError) return null
      throw error
    }
  }

  async function deliverAll(events: LoggedEvent[], signal: AbortSignal) {
    const works: Work[] = []
    for (const [index, event] of events.entries()) {
      const ahead = Math.min(index + window, events.length)
      while (works.length < ahead) works.push(start(events[works.length]!))
      const work = works[index]!
      await finish(event, work)
      // A process that was frozen or cut off does not know what it does not know.
      if (signal.aborted || !tails.isFresh() || tail.epoch !== epoch) return
      deliver(event, work)
      place = event
    }
  }

  /** Begins what is to be done for an event for the groups that are there. */
  function start(event: LoggedEvent, work: Work = { begun: new Map(), done: new Map(), asked: 0 }): Work {
    if (work.asked === opened) return work
    for (const group of groups.values()) {
      if (!work.begun.has(group) && group.concerns(event)) work.begun.set(group, shares.of(group, event))
    }
    work.asked = opened
    return work
  }

  /** Groups may come while others are worked for: until there is none that the event was not looked at for. */
  async function finish(event: LoggedEvent, work: Work) {
    while (work.done.size < start(event, work).begun.size) {
      for (const [group, shared] of work.begun) if (!work.done.has(group)) work.done.set(group, await shared)
    }
  }

  function deliver(event: LoggedEvent, work: Work) {
    const now = Date.now()
    for (const group of start(event, work).begun.keys()) {
      // None for a group that has only just come.
      const shared = work.done.get(group)
      if (!shared) {
        leaveAll(group)
        continue
      }
      for (const user of group.subjectsOf(event)) {
        for (const member of [...(group.byUser.get(user) ?? [])]) leave(group, member)
      }
      if (shared.results.length === 0) continue
      for (const member of group.members) {
        if (member.place.position >= event.position) continue
        const isOver = 'expiresAt' in member.viewer && member.viewer.expiresAt <= now
        if (isOver || !member.deliver(shared)) leave(group, member)
      }
    }
  }

  return {
    join,
    leave(key: string, member: Member) {
      const group = groups.get(key)
      if (group) leave(group, member)
    },
    /** Something about this user changed: what they may see is looked up again. */
    leaveUser(user: string) {
      for (const group of [...groups.values()]) {
        for (const member of [...(group.byUser.get(user) ?? [])]) leave(group, member, true)
      }
    },
    /** Up to where a member has been served. */
    placeOf,
    size: () => [...groups.values()].reduce((sum, { members }) => sum + members.size, 0),
  }
}

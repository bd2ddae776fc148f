import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { publicScope, scopeEnd, scopeOf } from '../../src/cache/scope.ts'
import {
  type ApiKeyViewer,
  anonymous,
  may,
  type Permission,
  permissions,
  type UserViewer,
} from '../../src/permissions.ts'

const user: UserViewer = {
  kind: 'user',
  id: 'user_1',
  role: 'admin',
  sessionId: 'session_1',
  expiresAt: Number.POSITIVE_INFINITY,
  steppedUpUntil: null,
}
const key: ApiKeyViewer = {
  kind: 'apiKey',
  id: 'key_1',
  ownerId: 'user_1',
  scopes: ['kyc:read', 'rates:read'],
  plan: 'standard',
  expiresAt: Number.POSITIVE_INFINITY,
}

/** What of a viewer is looked at while something is decided. */
function readOf<V extends object>(viewer: V, decide: (viewer: V) => unknown): string[] {
  const read = new Set<string>()
  const get = (target: V, name: string | symbol) => {
    read.add(String(name))
    return Reflect.get(target, name)
  }
  decide(new Proxy(viewer, { get }))
  return [...read]
}

describe('whose answer it is', () => {
  it('rests on all that permissions read of a viewer', () => {
    const rules = Object.entries(permissions) as [
      Permission,
      { subject?: (viewer: UserViewer, subject: never) => boolean },
    ][]
    const scoped = new Set(['user', 'apiKey'].flatMap((kind) => readOf(kind === 'user' ? user : key, scopeOf as never)))
    const decisive = rules.flatMap(([permission, { subject }]) => [
      ...readOf(user, (viewer) => may(viewer, permission)),
      ...readOf({ ...user, role: 'investor' as const }, (viewer) => may(viewer, permission)),
      ...readOf(key, (viewer) => may(viewer, permission)),
      ...readOf(user, (viewer) => subject?.(viewer, { id: 'user_1', userId: 'user_2' } as never)),
    ])
    expect(new Set(decisive)).toEqual(new Set(['kind', 'id', 'role', 'scopes', 'steppedUpUntil']))
    for (const name of decisive) expect(scoped).toContain(name)
  })

  it('is another for everybody who may be shown something else', () => {
    const later = Date.now() + 60_000
    const viewers = [
      ...[anonymous, user, { ...user, id: 'user_2' }, { ...user, role: 'compliance' as const }],
      ...[{ ...user, steppedUpUntil: later }, key, { ...key, id: 'key_2' }, { ...key, id: 'user_1' }],
      ...[
        { ...key, scopes: [] },
        { ...key, scopes: ['kyc:read' as const] },
      ],
    ]
    const scopes = [publicScope, ...viewers.map(scopeOf)]
    expect(new Set(scopes).size).toBe(scopes.length)
    // What is made of a scope and a text has a line for each.
    expect(scopes.join('')).not.toContain('\n')
  })

  it('is the same in another session, after a step-up that is over, and with scopes in another order', () => {
    expect(scopeOf({ ...user, sessionId: 'session_2', expiresAt: 7 })).toBe(scopeOf(user))
    expect(scopeOf({ ...user, steppedUpUntil: Date.now() })).toBe(scopeOf(user))
    expect(scopeOf({ ...key, scopes: [...key.scopes].reverse() })).toBe(scopeOf(key))
  })

  it('ends with a step-up', () => {
    const until = Date.now() + 60_000
    expect(scopeEnd({ ...user, steppedUpUntil: until })).toBe(until)
    for (const viewer of [anonymous, user, key]) expect(scopeEnd(viewer)).toBe(Number.POSITIVE_INFINITY)
    const clock = vi.spyOn(Date, 'now').mockReturnValue(until)
    onTestFinished(() => clock.mockRestore())
    expect(scopeOf({ ...user, steppedUpUntil: until })).toBe(scopeOf(user))
  })
})

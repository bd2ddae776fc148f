import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isApiKey, permissionsOf, planOf, scopesOf, storedKeyOf } from '../../src/auth/api-key.ts'
import { apiKeyHeader, credentialOf } from '../../src/auth/credential.ts'
import { scopes } from '../../src/permissions.ts'

const key = `gh_${'aZ'.repeat(32)}`

describe('the scopes of a key', () => {
  it('are read as they were written, whichever they are', () => {
    for (let chosen = 0; chosen < 2 ** scopes.length; chosen++) {
      const granted = scopes.filter((_scope, index) => chosen & (1 << index))
      expect(scopesOf(JSON.stringify(permissionsOf(granted)))).toEqual(granted)
    }
  })

  it('are written as Better Auth keeps permissions', () => {
    expect(permissionsOf([...scopes])).toEqual({
      transfers: ['write', 'read'],
      kyc: ['read'],
      rates: ['read'],
      introspect: ['*'],
    })
  })

  it.each([
    null,
    '',
    'kyc:read',
    '[]',
    '"kyc"',
    '{"kyc":"read"}',
    '{"kyc":["*"]}',
    '{"kyc":["read "]}',
    '{"kyc":["Read"]}',
    '{"*":["read"]}',
    '{"kyc":["read"],"rates":7}',
    '{"introspect":["read"]}',
    '{"__proto__":{"kyc":["read"]}}',
  ])('are none in %j', (written) => {
    expect(scopesOf(written)).toEqual([])
  })

  it('are those that are known, beside others of a later version', () => {
    expect(scopesOf('{"kyc":["read","decide"],"users":["read"]}')).toEqual(['kyc:read'])
  })
})

it('the plan of a key is the one that was written, or none', () => {
  expect(planOf('{"plan":"partner"}')).toBe('partner')
  for (const written of [null, '', 'partner', '{}', '{"plan":7}', '[]']) expect(planOf(written)).toBeNull()
})

it('a key is stored as a digest', () => {
  expect(storedKeyOf(key)).toBe(createHash('sha256').update(key).digest('base64url'))
})

it('a key is known by its form', () => {
  expect(isApiKey(key)).toBe(true)
  for (const text of ['', key.slice(1), `${key}a`, `${key}\n`, key.replace('Z', '1'), key.replace('gh', 'gk')]) {
    expect(isApiKey(text)).toBe(false)
  }
})

describe('the credential of a request', () => {
  const secret = 'a secret of the tests'
  const session = { authorization: 'Bearer aSessionToken' }

  it('is the key, whatever rides along with it', () => {
    expect(credentialOf({ ...session, [apiKeyHeader]: key }, secret)).toEqual({ token: key, ambient: false })
  })

  it.each(['', 'nonsense', 'aSessionToken', `${key}, ${key}`])(
    'is nobody’s with the key %j, and not the session’s beside it',
    (given) => {
      expect(credentialOf({ ...session, [apiKeyHeader]: given }, secret)).toEqual({ token: '', ambient: false })
    },
  )

  it('is not a key that comes as a session', () => {
    expect(credentialOf({ authorization: `Bearer ${key}` }, secret)).toEqual({ token: '', ambient: false })
    expect(credentialOf(session, secret)).toEqual({ token: 'aSessionToken', ambient: false })
  })
})

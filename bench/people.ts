import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { newId } from '../src/ids.ts'
import type { Database } from './services.ts'

/** The tokens of sessions of people who are signed in, each their own. Straight into the tables: a password takes long to hash. */
export async function seedPeople({ ownerUrl }: Database, count: number): Promise<string[]> {
  const people = Array.from({ length: count }, (_, index) => ({
    userId: newId('user'),
    email: `person.${index}@example.com`,
    sessionId: newId('session'),
    token: randomBytes(24).toString('base64url'),
  }))
  const client = new pg.Client(ownerUrl)
  await client.connect()
  try {
    await client.query('begin')
    await client.query(
      'insert into users (id, email, email_verified) select id, email, true from unnest($1::text[], $2::text[]) given(id, email)',
      [people.map(({ userId }) => userId), people.map(({ email }) => email)],
    )
    await client.query(
      `insert into sessions (id, user_id, token, expires_at)
       select id, user_id, token, now() + interval '1 day' from unnest($1::text[], $2::text[], $3::text[]) given(id, user_id, token)`,
      [people.map(({ sessionId }) => sessionId), people.map(({ userId }) => userId), people.map(({ token }) => token)],
    )
    await client.query('commit')
  } finally {
    await client.end()
  }
  return people.map(({ token }) => token)
}

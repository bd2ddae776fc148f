import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { newId } from '../../src/ids.ts'
import type { Database } from '../services.ts'

/** What of the data a workload draws from. */
export type Data = {
  users: number
  /** Of the first and the last submission, milliseconds since 1970. */
  firstMs: number
  lastMs: number
  /** Of a session of compliance. */
  token: string
}

const firstMs = Date.UTC(2026, 0, 1)
/** Between one submission and the next: years for two million of them. */
const stepMs = 61_003
const submittedMs = (number: string) => `(${firstMs} + ${number} * ${stepMs}::bigint)`
const instant = (ms: string) => `to_timestamp((${ms}) / 1000.0)`

/** In the order in which they were made, as TypeIDs are. */
const suffixDigits = 24
const idOf = (prefix: string, number: string) => `'${prefix}_01' || lpad((${number})::text, ${suffixDigits}, '0')`
export const userId = (number: number) => `user_01${String(number).padStart(suffixDigits, '0')}`

/** Beside the users, after them. */
const reviewers = 10
const pick = (values: string[], number: string) =>
  `(array[${values.map((value) => `'${value}'`)}])[1 + (${number}) % ${values.length}]`
const firstNames = ['Ada', 'Bela', 'Chidi', 'Dora', 'Emil', 'Fatou', 'Goran', 'Hana', 'Iris', 'João', 'Kwame']
const lastNames = ['Adler', 'Brandt', 'Costa', 'Dubois', 'Eriksen', 'Fischer', 'Garcia', 'Horvat', 'Ivanov', 'Jansen']

/**
 * Two applications a user, the most that may be open or decided as the constraints have it: one that was decided, and a
 * newer one that waits for review. Three documents each, and every step of their history. Uploads, which no read looks
 * at, are left out.
 */
const statements = (users: number) => [
  // What the guards let nobody do: rows that begin at their end.
  "set session_replication_role = 'replica'",
  `insert into users (id, email, email_verified, name, role, created_at, updated_at)
   select ${idOf('user', 'n')}, 'person.' || n || '@example.com', true,
     ${pick(firstNames, 'n')} || ' ' || ${pick(lastNames, 'n / 7')},
     case when n > ${users} then 'compliance' else 'investor' end, ${instant(submittedMs('n'))}, ${instant(submittedMs('n'))}
   from generate_series(1, ${users + reviewers}) n`,
  `create temporary table given as
   select ${idOf('kyc', 'n')} as id, n, isDecided, isApproved, submitted,
     ${idOf('user', '1 + n / 2')} as user_id, ${idOf('user', `${users + 1} + n / 2 % ${reviewers}`)} as reviewer_id
   from generate_series(0, ${users * 2 - 1}) n,
     lateral (select n % 2 = 0 as isDecided, n % 4 = 0 as isApproved, ${instant(submittedMs('n'))} as submitted) made`,
  `insert into kyc_applications (id, version, user_id, status, first_name, last_name, nationality, residence_country,
     id_document_type, id_document_expiry, submitted_at, reviewed_at, reviewed_by_id, rejection_reason, rejection_kind,
     expires_at, created_at, updated_at)
   select id, case when isDecided then 3 else 2 end, user_id,
     (case when isApproved then 'approved' when isDecided then 'rejected' else 'submitted' end)::kyc_status,
     ${pick(firstNames, 'n')}, ${pick(lastNames, 'n / 7')}, ${pick(['AT', 'BE', 'DE', 'FR'], 'n')}, ${pick(['NL', 'PT', 'SE'], 'n')},
     'passport', '2031-05-01', submitted, case when isDecided then submitted + interval '1 day' end,
     case when isDecided then reviewer_id end, case when isDecided and not isApproved then 'The passport cannot be read.' end,
     case when isDecided and not isApproved then 'retry'::kyc_rejection_kind end,
     case when isApproved then submitted + interval '366 days' end, submitted - interval '1 hour',
     submitted + case when isDecided then interval '1 day' else interval '0' end
   from given order by n`,
  `insert into kyc_documents (id, application_id, upload_id, uploaded_by_id, document_type, file_name, content_type, size, sha256,
     storage_key, uploaded_at)
   select ${idOf('kycdoc', 'n * 3 + at')}, id, ${idOf('upload', 'n * 3 + at')}, user_id,
     (array['id_front', 'selfie', 'proof_of_address'])[1 + at]::kyc_document_type,
     (array['passport.jpg', 'selfie.jpg', 'electricity bill.pdf'])[1 + at],
     (array['image/jpeg', 'image/jpeg', 'application/pdf'])[1 + at], 100000 + n % 9973 * 17 + at, encode(sha256((n * 3 + at)::text::bytea), 'hex'),
     'kyc-documents/' || id || '/' || at, submitted - interval '1 minute' * (10 - at)
   from given, generate_series(0, 2) at order by n, at`,
  `insert into kyc_status_changes (id, application_id, version, from_status, to_status, changed_by_id, reason, created_at)
   select ${idOf('kycchange', 'n * 3 + step')}, id, step,
     (array[null, 'draft', 'submitted'])[step]::kyc_status,
     (array['draft', 'submitted', case when isApproved then 'approved' else 'rejected' end])[step]::kyc_status,
     case when step = 3 then reviewer_id else user_id end,
     case when step = 3 and not isApproved then 'The passport cannot be read.' end,
     submitted + (array[interval '-1 hour', interval '0', interval '1 day'])[step]
   from given, generate_series(1, 3) step where step < 3 or isDecided order by n, step`,
]

/** Users and twice as many applications with what belongs to them, by a few statements; then as PostgreSQL is after a while. */
export async function makeData({ superuserUrl }: Database, users: number): Promise<Data> {
  const token = randomBytes(24).toString('base64url')
  const client = new pg.Client(superuserUrl)
  await client.connect()
  try {
    for (const statement of statements(users)) await client.query(statement)
    await client.query(
      `insert into sessions (id, user_id, token, expires_at) values ($1, $2, $3, now() + interval '1 day')`,
      [newId('session'), userId(users + 1), token],
    )
    await client.query('vacuum (analyze)')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
  return { users, firstMs, lastMs: firstMs + (users * 2 - 1) * stepMs, token }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { draft, submitted } from './harness/kyc.ts'
import { connectForTest } from './harness/log.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
})
afterAll(() => stack.stop())

const asSuperuser = () => connectForTest(stack.database.superuserUrl)

describe('D5: integrity', () => {
  const nobody = `'user_00000000000000000000000000'`
  const nothing = `'kyc_00000000000000000000000000'`
  const hash = `repeat('0', 64)`
  // :user, :kyc and :upload are rows that are there.
  const upload = (columns = '', values = '') =>
    `insert into uploads (id, user_id, file_name, content_type, size, sha256, expires_at${columns})
      values ('new', :user, 'a.jpg', 'image/jpeg', 1, ${hash}, now()${values})`
  const document = ({
    kyc = ':kyc',
    uploadId = ':fresh',
    user = ':user',
    type = `'selfie'`,
    size = '1',
    sha256 = hash,
    key = `'k'`,
  }) =>
    `insert into kyc_documents (id, application_id, upload_id, uploaded_by_id, document_type, file_name, content_type, size, sha256, storage_key)
      values ('new', ${kyc}, ${uploadId}, ${user}, ${type}, 'a.jpg', 'image/jpeg', ${size}, ${sha256}, ${key})`
  const change = ({ kyc = ':kyc', status = `'draft'`, user = ':user' }) =>
    `insert into kyc_status_changes (id, application_id, version, to_status, changed_by_id) values ('new', ${kyc}, 99, ${status}, ${user})`
  const application = (columns: string, values: string) =>
    `insert into kyc_applications (id, ${columns}) values ('new', ${values})`
  const set = (assignment: string) => `update kyc_applications set ${assignment} where id = :kyc`

  const orphans: [string, string][] = [
    [
      'sessions_user_id_users_id_fkey',
      `insert into sessions (id, user_id, token, expires_at) values ('new', ${nobody}, 't', now())`,
    ],
    [
      'accounts_user_id_users_id_fkey',
      `insert into accounts (id, user_id, account_id, provider_id) values ('new', ${nobody}, 'a', 'p')`,
    ],
    ['kyc_applications_user_id_users_id_fkey', application('user_id', nobody)],
    ['kyc_applications_reviewed_by_id_users_id_fkey', set(`reviewed_by_id = ${nobody}`)],
    ['kyc_status_changes_application_id_kyc_applications_id_fkey', change({ kyc: nothing })],
    ['kyc_status_changes_changed_by_id_users_id_fkey', change({ user: nobody })],
    [
      'kyc_reveals_application_id_kyc_applications_id_fkey',
      `insert into kyc_reveals (id, application_id, revealed_to_id, reason) values ('new', ${nothing}, :user, 'r')`,
    ],
    [
      'kyc_reveals_revealed_to_id_users_id_fkey',
      `insert into kyc_reveals (id, application_id, revealed_to_id, reason) values ('new', :kyc, ${nobody}, 'r')`,
    ],
    ['uploads_user_id_users_id_fkey', upload().replace(':user', nobody)],
    [
      'uploads_application_id_kyc_applications_id_fkey',
      upload(', application_id, document_type, document_id', `, ${nothing}, 'selfie', 'd'`),
    ],
    ['kyc_documents_application_id_kyc_applications_id_fkey', document({ kyc: nothing })],
    ['kyc_documents_upload_id_uploads_id_fkey', document({ uploadId: `'none'` })],
    ['kyc_documents_uploaded_by_id_users_id_fkey', document({ user: nobody })],
    [
      'object_deletions_application_id_kyc_applications_id_fkey',
      `insert into object_deletions (storage_key, bucket, application_id) values ('new', 'b', ${nothing})`,
    ],
    [
      'object_deletions_requested_by_id_users_id_fkey',
      `insert into object_deletions (storage_key, bucket, requested_by_id) values ('new', 'b', ${nobody})`,
    ],
    [
      'api_keys_reference_id_users_id_fkey',
      `insert into api_keys (id, reference_id, key) values ('new', ${nobody}, 'hash')`,
    ],
    [
      'exchange_rates_quotation_id_exchange_rate_history_id_fkey',
      `insert into exchange_rates (base, quote, source, rate, as_of, fetched_at, expires_at, quotation_id)
         values ('XTS', 'XXX', 'test', 1, now(), now(), now(), 0)`,
    ],
    [
      'mails_user_id_users_id_fkey',
      `insert into mails (id, user_id, kind, locale, expires_at) values ('new', ${nobody}, 'k', 'en', now())`,
    ],
    [
      'notification_settings_user_id_users_id_fkey',
      `insert into notification_settings (user_id, preferences) values (${nobody}, '[]')`,
    ],
    [
      'system_alerts_raised_by_id_users_id_fkey',
      `insert into system_alerts (id, severity, message, raised_by_id) values ('new', 'info', 'm', ${nobody})`,
    ],
    [
      'token_metadata_published_by_id_users_id_fkey',
      `insert into token_metadata (id, chain_id, address, name, symbol, decimals, metadata_key, published_by_id)
         values ('new', 1, '0x${'0'.repeat(40)}', 'n', 's', 0, 'k', ${nobody})`,
    ],
    [
      'user_settings_user_id_users_id_fkey',
      `insert into user_settings (user_id, locale, time_zone, currency, theme, date_format, number_format)
         values (${nobody}, 'en', 'UTC', 'USD', 'dark', 'YYYY-MM-DD', 'en')`,
    ],
  ]

  const enums = [
    ['kyc_status', set(`status = 'done'`)],
    ['kyc_status', change({ status: `'Approved'` })],
    ['kyc_rejection_kind', set(`rejection_kind = 'maybe'`)],
    ['id_document_type', set(`id_document_type = 'library_card'`)],
    ['kyc_document_type', document({ type: `'cat_picture'` })],
    ['upload_state', upload(', state', `, 'lost'`)],
  ] as const

  const checks = [
    ['users_role_check', `update users set role = 'superuser' where id = :user`],
    [
      'users_wallet_address_check',
      `update users set wallet_address = '0xABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD' where id = :user`,
    ],
    ['kyc_applications_reviewer_is_not_applicant', set('reviewed_by_id = user_id')],
    ['kyc_applications_submitted', set(`status = 'submitted', submitted_at = null`)],
    ['kyc_applications_decided', set(`status = 'revoked', reviewed_at = null`)],
    [
      'kyc_applications_approved',
      set(
        `status = 'approved', reviewed_at = now(), reviewed_by_id = :reviewer, expires_at = now() - interval '1 day'`,
      ),
    ],
    [
      'kyc_applications_rejected',
      set(`status = 'rejected', reviewed_at = now(), reviewed_by_id = :reviewer, rejection_reason = null`),
    ],
    ['kyc_applications_nationality', set(`nationality = 'Portugal'`)],
    ['kyc_applications_residence_country', set(`residence_country = 'be'`)],
    ['uploads_size', upload().replace(', 1,', ', 0,')],
    ['uploads_sha256', upload().replace(hash, `'not a digest'`)],
    ['uploads_kyc_document', upload(', document_id', `, 'd'`)],
    ['kyc_documents_size', document({ size: '0' })],
    ['kyc_documents_sha256', document({ sha256: `repeat('A', 64)` })],
  ] as const

  const duplicates = [
    [
      'kyc_documents_storage_key_key',
      document({ key: '(select storage_key from kyc_documents limit 1)', uploadId: ':fresh' }),
    ],
    ['kyc_documents_upload_id_key', document({ uploadId: ':upload' })],
    [
      'sessions_token_key',
      `insert into sessions (id, user_id, token, expires_at) select 'new', user_id, token, now() from sessions limit 1`,
    ],
    ['kyc_applications_one_undecided', application('user_id', ':user')],
    ['kyc_status_changes_application_id_version_key', change({}).replace('99', '1')],
    ['users_email_key', `insert into users (id, email) select 'new', upper(email) from users where id = :user`],
  ] as const

  let rows: Record<string, string>
  beforeAll(async () => {
    const person = await seed.investor()
    const reviewer = await seed.reviewer()
    const kyc = await submitted(person)
    const { rows: found } = await gateway.services.pool.query(
      'select upload_id from kyc_documents where application_id = $1 limit 1',
      [kyc],
    )
    rows = { user: person.id, reviewer: reviewer.id, kyc, upload: found[0].upload_id, fresh: 'fresh' }
  })

  /** How PostgreSQL refuses it once the triggers that come before its keys are out of the way. */
  async function refused(statement: string) {
    const client = await asSuperuser()
    await client.query('begin')
    for (const table of ['kyc_applications', 'kyc_documents'])
      await client.query(`alter table ${table} disable trigger user`)
    await client.query(upload().replace(`'new'`, `'fresh'`).replace(':user', `'${rows.user}'`))
    const text = statement.replace(/:(user|reviewer|kyc|upload|fresh)\b/g, (_, name: string) => `'${rows[name]}'`)
    return client.query(text).then(
      () => null,
      (error: pg.DatabaseError) => error,
    )
  }

  it.each(orphans)('%s: an orphan is refused', async (constraint, statement) => {
    expect(await refused(statement)).toMatchObject({ code: '23503', constraint })
  })
  it.each(enums)('a word that the enum %s does not have is refused', async (type, statement) => {
    const error = await refused(statement)
    expect([error?.code, error?.message]).toEqual([
      '22P02',
      expect.stringContaining(`invalid input value for enum ${type}`),
    ])
  })
  it.each(checks)('%s: a wrong value is refused', async (constraint, statement) => {
    expect(await refused(statement)).toMatchObject({ code: '23514', constraint })
  })
  it.each(duplicates)('%s: the second is refused', async (constraint, statement) => {
    expect(await refused(statement)).toMatchObject({ code: '23505', constraint })
  })

  it('every column that names a row of another table has a foreign key, and each is tried above', async () => {
    const { rows: columns } = await gateway.services.pool.query<{ name: string; keys: string[] }>(`
      select c.table_name || '.' || c.column_name as name,
        array(select k.conname::text from pg_constraint k where k.contype = 'f' and k.conrelid = c.table_name::regclass
          and (select a.attnum from pg_attribute a where a.attrelid = k.conrelid and a.attname = c.column_name) = any(k.conkey)) as keys
      from information_schema.columns c where c.table_schema = 'public' and c.column_name like '%\\_id' order by 1`)
    expect(columns.filter(({ keys }) => keys.length === 0).map(({ name }) => name)).toEqual([
      // Names of other systems, and of rows that may be gone.
      'accounts.account_id',
      'accounts.provider_id',
      'api_keys.config_id',
      'chain_blocks.chain_id',
      'events.actor_id',
      'events.subject_id',
      'kyc_documents.version_id',
      'object_deletions.document_id',
      'token_metadata.chain_id',
      'token_metadata.logo_version_id',
      'token_metadata.metadata_version_id',
      'token_transfers.chain_id',
      'uploads.document_id',
    ])
    expect(columns.flatMap(({ keys }) => keys).sort()).toEqual(orphans.map(([constraint]) => constraint).sort())
  })
})

describe('D6: types', () => {
  it('no column holds a time without its zone', async () => {
    const { rows } = await gateway.services.pool.query(`
      select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
      where data_type = 'timestamp without time zone' and table_schema not in ('pg_catalog', 'information_schema')`)
    expect(rows).toEqual([])
  })

  it('every table that has updated_at has the trigger that sets it', async () => {
    const { rows } = await gateway.services.pool.query<{ table: string; trigger: string | null }>(`
      select c.table_name as table, (
        select t.tgname from pg_trigger t where t.tgrelid = c.table_name::regclass and t.tgfoid = 'set_updated_at'::regproc
          and t.tgenabled = 'O' and t.tgtype & 19 = 19) as trigger
      from information_schema.columns c where c.table_schema = 'public' and c.column_name = 'updated_at' order by 1`)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ trigger }) => trigger === null)).toEqual([])
  })

  it('updated_at is the time of the change, whoever writes and whatever they say', async () => {
    const person = await seed.investor()
    const id = await draft(person)
    const client = await asSuperuser()
    const before = await client.query('select updated_at from kyc_applications where id = $1', [id])
    await sleep(2)
    for (const assignment of ['first_name = null', `updated_at = '2000-01-01'`]) {
      const { rows } = await client.query(
        `update kyc_applications set version = version + 1, ${assignment} where id = $1
          returning updated_at = now()::timestamptz(3) as now, updated_at > $2 as later`,
        [id, before.rows[0].updated_at],
      )
      expect(rows).toEqual([{ now: true, later: true }])
    }
  })

  it('an e-mail address is one account, however it is written', async () => {
    const body = (email: string) => ({ email, password: 'correct horse battery', name: 'Somebody' })
    const first = await seed.post('/sign-up/email', body('Mixed.Case@Example.com'))
    expect(first.status).toBe(200)
    for (const email of ['mixed.case@EXAMPLE.COM', 'MIXED.CASE@example.com']) {
      const second = await seed.post('/sign-up/email', body(email))
      expect(second.status).toBe(422)
      expect(await second.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    }
    const atOnce = await Promise.all(
      ['racer@example.com', 'Racer@example.com', 'RACER@example.com'].map((email) =>
        seed.post('/sign-up/email', body(email)),
      ),
    )
    expect(atOnce.map(({ status }) => status).sort()).toEqual([200, 422, 422])
    const { rows } = await gateway.services.pool.query(
      `select count(*)::int from users where lower(email) in ('mixed.case@example.com', 'racer@example.com')`,
    )
    expect(rows).toEqual([{ count: 2 }])
  })

  it('an object may be larger than four bytes can count', async () => {
    const { rows } = await gateway.services.pool.query(`
      select table_name || '.' || column_name as name, data_type as type from information_schema.columns
      where table_schema = 'public' and column_name = 'size' order by 1`)
    expect(rows).toEqual([
      { name: 'kyc_documents.size', type: 'bigint' },
      { name: 'uploads.size', type: 'bigint' },
    ])
  })
})

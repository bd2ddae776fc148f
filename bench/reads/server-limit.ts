import { createServer } from 'node:http'
import { listen } from '../listen.ts'
import { createPeerPool } from './peer-pool.ts'

/**
 * The least that there is to do: one statement that PostgreSQL answers with the whole of `data`, written as it comes. No
 * GraphQL, and only the variables of the request are read. With CACHED a Buffer from a Map by the request's text.
 */
const pool = createPeerPool()

const statements: Record<string, string> = {
  submittedBefore: `select '{"nodes":' || coalesce(json_agg(node), '[]') || '}' as found from (
    select a.id, a.version, upper(a.status::text) as status, a.first_name as "firstName", a.last_name as "lastName", a.nationality,
      a.submitted_at as "submittedAt", a.created_at as "createdAt",
      (select row_to_json(u) from (
        select u.id, u.name, u.email, u.email_verified as "emailVerified" from users u where u.id = a.user_id
      ) u) as user,
      (select coalesce(json_agg(d), '[]') from (
        select d.id, upper(d.document_type::text) as "documentType", d.file_name as "fileName", d.content_type as "contentType",
          d.size, d.uploaded_at as "uploadedAt"
        from kyc_documents d where d.application_id = a.id order by d.uploaded_at, d.id
      ) d) as documents,
      (select coalesce(json_agg(c), '[]') from (
        select c.id, upper(c.from_status::text) as "fromStatus", upper(c.to_status::text) as "toStatus", c.reason,
          c.created_at as "createdAt"
        from kyc_status_changes c where c.application_id = a.id order by c.version
      ) c) as "statusHistory"
    from kyc_applications a where a.status = 'submitted' and a.submitted_at < $1::timestamptz
    order by a.submitted_at desc, a.id desc limit 20
  ) node`,
  id: `select row_to_json(u)::text as found from (
    select id, email, email_verified as "emailVerified", name, upper(role) as role, two_factor_enabled as "twoFactorEnabled", banned,
      created_at as "createdAt", updated_at as "updatedAt"
    from users where id = $1
  ) u`,
  base: `select json_agg(r)::text as found from (
    select base, quote, trim_scale(rate)::text as rate, source, as_of as "asOf", fetched_at as "fetchedAt", expires_at as "expiresAt"
    from exchange_rates where base = $1 order by quote
  ) r`,
}
const roots: Record<string, string> = { submittedBefore: 'kycApplications', id: 'user', base: 'exchangeRates' }

async function read(body: string): Promise<Buffer> {
  const [[name, value]] = Object.entries(JSON.parse(body).variables) as [[string, string]]
  const { rows } = await pool.query({ name, text: statements[name]!, values: [value] })
  return Buffer.from(`{"data":{"${roots[name]}":${rows[0].found}}}`)
}

const cache = process.env.CACHED ? new Map<string, Buffer>() : null

const server = createServer((req, res) => {
  let body = ''
  req.setEncoding('utf8')
  req.on('data', (text) => {
    body += text
  })
  req.on('end', async () => {
    let found = cache?.get(body)
    if (!found) {
      found = await read(body)
      cache?.set(body, found)
    }
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': found.length })
    res.end(found)
  })
})
listen(server)

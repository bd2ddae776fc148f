import Fastify, { type FastifyPluginAsync } from 'fastify'
import { mercurius } from 'mercurius'
import mercuriusCache from 'mercurius-cache'
import { createPeerPool } from './peer-pool.ts'
import { grouped, type ListArguments, typeDefs } from './peer-type-defs.ts'

// As its documentation: "JIT", "Loaders"; every statement is written by hand and prepared once a connection. With CACHED
// mercurius-cache, a policy for each field that reads, with keys of its own as its documentation says for speed.
const pool = createPeerPool()
type Row = { id: string; applicationId: string }
type Query = { obj: Record<string, string> }

async function rowsOf(name: string, text: string, value: unknown, ...more: unknown[]): Promise<Row[]> {
  return (await pool.query<Row>({ name, text, values: [value, ...more] })).rows
}

const listOf = (first: number) => `
  select id, version, upper(status::text) as status, user_id as "userId", first_name as "firstName", last_name as "lastName", nationality,
    submitted_at as "submittedAt", created_at as "createdAt"
  from kyc_applications where status = $1::kyc_status and submitted_at < $2 order by submitted_at desc, id desc limit ${Number(first)}`
const userColumns = `id, email, email_verified as "emailVerified", name, upper(role) as role, two_factor_enabled as "twoFactorEnabled", banned,
  created_at as "createdAt", updated_at as "updatedAt"`
const documents = `
  select id, application_id as "applicationId", upper(document_type::text) as "documentType", file_name as "fileName",
    content_type as "contentType", size::int4 as size, uploaded_at as "uploadedAt"
  from kyc_documents where application_id = any($1::text[]) order by application_id, uploaded_at, id`
const statusHistory = `
  select id, application_id as "applicationId", upper(from_status::text) as "fromStatus", upper(to_status::text) as "toStatus", reason,
    created_at as "createdAt"
  from kyc_status_changes where application_id = any($1::text[]) order by application_id, version`
const exchangeRates = `
  select base, quote, trim_scale(rate)::text as rate, source, as_of as "asOf", fetched_at as "fetchedAt", expires_at as "expiresAt"
  from exchange_rates where base = $1 order by quote`

const ofApplications = (name: string, text: string) => ({
  async loader(queries: Query[]) {
    const ids = queries.map(({ obj }) => obj.id!)
    return grouped(ids, await rowsOf(name, text, ids), ({ applicationId }) => applicationId)
  },
  // No application comes twice in a request.
  opts: { cache: false },
})

const app = Fastify()
app.register(mercurius, {
  schema: typeDefs,
  jit: 1,
  resolvers: {
    Query: {
      async user(_root: unknown, { id }: { id: string }) {
        return (await rowsOf('user', `select ${userColumns} from users where id = $1`, id))[0]
      },
      async kycApplications(_root: unknown, { first, filter }: ListArguments) {
        const [status] = filter.statuses
        return { nodes: await rowsOf(`list ${first}`, listOf(first), status!.toLowerCase(), filter.submittedBefore) }
      },
      exchangeRates: (_root: unknown, { base }: { base: string }) => rowsOf('rates', exchangeRates, base),
    },
  },
  loaders: {
    KycApplication: {
      user: {
        async loader(queries: Query[]) {
          const ids = queries.map(({ obj }) => obj.userId!)
          const found = await rowsOf('users', `select ${userColumns} from users where id = any($1::text[])`, ids)
          const byId = new Map(found.map((user) => [user.id, user]))
          return ids.map((id) => byId.get(id))
        },
        opts: { cache: false },
      },
      documents: ofApplications('documents', documents),
      statusHistory: ofApplications('history', statusHistory),
    },
  },
})
if (process.env.CACHED) {
  const byId = { key: ({ self }: { self: { id: string } }) => self.id }
  app.register(mercuriusCache as unknown as FastifyPluginAsync<Record<string, unknown>>, {
    ttl: 3600,
    policy: {
      Query: {
        kycApplications: { key: ({ arg }: { arg: object }) => JSON.stringify(arg) },
        exchangeRates: { key: ({ arg }: { arg: { base: string } }) => arg.base },
      },
      KycApplication: { user: byId, documents: byId, statusHistory: byId },
    },
  })
}
console.log(`ready at ${await app.listen({ port: 0, host: '127.0.0.1' })}`)

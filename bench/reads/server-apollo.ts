import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl'
import responseCachePlugin from '@apollo/server-plugin-response-cache'
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify'
import DataLoader from 'dataloader'
import { and, asc, desc, eq, lt, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import Fastify from 'fastify'
import { createPeerPool } from './peer-pool.ts'
import {
  enumValuesOf,
  exchangeRates,
  kycApplications,
  kycDocuments,
  kycDocumentType,
  kycStatus,
  kycStatusChanges,
  userRoles,
  users,
} from './peer-schema.ts'
import { grouped, type ListArguments, typeDefs } from './peer-type-defs.ts'

// As its documentation: resolvers, a DataLoader a relation and request, and the Fastify integration; drizzle with prepared
// statements, as its own "Performance" has it. With CACHED the response cache plugin and a hint for every field.
const db = drizzle({ client: createPeerPool(), jit: true })
const ids = sql.placeholder('ids')

const userById = db
  .select()
  .from(users)
  .where(eq(users.id, sql.placeholder('id')))
  .prepare('user')
const usersByIds = db.select().from(users).where(sql`${users.id} = any(${ids})`).prepare('users')
const documentsByApplicationIds = db
  .select()
  .from(kycDocuments)
  .where(sql`${kycDocuments.applicationId} = any(${ids})`)
  .orderBy(asc(kycDocuments.uploadedAt), asc(kycDocuments.id))
  .prepare('documents')
const historyByApplicationIds = db
  .select()
  .from(kycStatusChanges)
  .where(sql`${kycStatusChanges.applicationId} = any(${ids})`)
  .orderBy(asc(kycStatusChanges.version))
  .prepare('history')
const submittedBefore = db
  .select()
  .from(kycApplications)
  .where(
    and(
      eq(kycApplications.status, sql.placeholder('status')),
      lt(kycApplications.submittedAt, sql.placeholder('before')),
    ),
  )
  .orderBy(desc(kycApplications.submittedAt), desc(kycApplications.id))
  .limit(20)
  .prepare('list')
const ratesByBase = db
  .select()
  .from(exchangeRates)
  .where(eq(exchangeRates.base, sql.placeholder('base')))
  .orderBy(asc(exchangeRates.quote))
  .prepare('rates')

type Key = { applicationId: string }
const createLoaders = () => ({
  user: new DataLoader<string, object | undefined>(async (keys) => {
    const found = new Map((await usersByIds.execute({ ids: keys })).map((user) => [user.id, user]))
    return keys.map((key) => found.get(key))
  }),
  documents: new DataLoader(async (keys: readonly string[]) =>
    grouped(keys, await documentsByApplicationIds.execute({ ids: keys }), ({ applicationId }: Key) => applicationId),
  ),
  statusHistory: new DataLoader(async (keys: readonly string[]) =>
    grouped(keys, await historyByApplicationIds.execute({ ids: keys }), ({ applicationId }: Key) => applicationId),
  ),
})
type Context = ReturnType<typeof createLoaders>
type Application = { id: string; userId: string }

const app = Fastify()
const apollo = new ApolloServer<Context>({
  typeDefs,
  resolvers: {
    UserRole: enumValuesOf(userRoles),
    KycStatus: enumValuesOf(kycStatus.enumValues),
    KycDocumentType: enumValuesOf(kycDocumentType.enumValues),
    Query: {
      user: async (_root: unknown, { id }: { id: string }) => (await userById.execute({ id }))[0],
      kycApplications: async (_root: unknown, { filter }: ListArguments) => ({
        nodes: await submittedBefore.execute({ status: filter.statuses[0], before: filter.submittedBefore }),
      }),
      exchangeRates: (_root: unknown, { base }: { base: string }) => ratesByBase.execute({ base }),
    },
    KycApplication: {
      user: ({ userId }: Application, _args: unknown, { user }: Context) => user.load(userId),
      documents: ({ id }: Application, _args: unknown, { documents }: Context) => documents.load(id),
      statusHistory: ({ id }: Application, _args: unknown, { statusHistory }: Context) => statusHistory.load(id),
    },
  },
  plugins: [
    fastifyApolloDrainPlugin(app),
    ...(process.env.CACHED ? [ApolloServerPluginCacheControl({ defaultMaxAge: 3600 }), responseCachePlugin()] : []),
  ],
})
await apollo.start()
app.post('/graphql', fastifyApolloHandler(apollo, { context: async () => createLoaders() }))
console.log(`ready at ${await app.listen({ port: 0, host: '127.0.0.1' })}`)

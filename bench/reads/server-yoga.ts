import { createServer } from 'node:http'
import { useResponseCache } from '@graphql-yoga/plugin-response-cache'
import SchemaBuilder from '@pothos/core'
import DrizzlePlugin from '@pothos/plugin-drizzle'
import RelayPlugin from '@pothos/plugin-relay'
import { drizzle } from 'drizzle-orm/node-postgres'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { createYoga } from 'graphql-yoga'
import { listen } from '../listen.ts'
import { createPeerPool } from './peer-pool.ts'
import { kycDocumentType, kycStatus, relations, userRoles } from './peer-schema.ts'

// As the documentation of Pothos has it for drizzle, relations and connections, and that of Yoga for the server. With
// CACHED Yoga's response cache plugin, the same for everybody.
const db = drizzle({ client: createPeerPool(), relations, jit: true })
const builder = new SchemaBuilder<{
  DrizzleRelations: typeof relations
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: string; Output: Date }
    Decimal: { Input: string; Output: string }
    Currency: { Input: string; Output: string }
  }
}>({
  plugins: [RelayPlugin, DrizzlePlugin],
  drizzle: { client: db, getTableConfig, relations },
  relay: { nodesOnConnection: true },
  defaultFieldNullability: false,
})
builder.scalarType('DateTime', { serialize: (value) => value.toISOString(), parseValue: String })
builder.scalarType('Decimal', { serialize: (value) => value, parseValue: String })
builder.scalarType('Currency', { serialize: (value) => value, parseValue: String })

const valuesOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value.toUpperCase(), { value }])) as Record<
    Uppercase<Value>,
    { value: Value }
  >
const UserRole = builder.enumType('UserRole', { values: valuesOf(userRoles) })
const KycStatus = builder.enumType('KycStatus', { values: valuesOf(kycStatus.enumValues) })
const KycDocumentType = builder.enumType('KycDocumentType', { values: valuesOf(kycDocumentType.enumValues) })
const KycApplicationOrder = builder.enumType('KycApplicationOrder', { values: ['SUBMITTED_AT_DESC'] })

const User = builder.drizzleObject('users', {
  name: 'User',
  fields: (t) => ({
    id: t.exposeID('id'),
    email: t.exposeString('email'),
    emailVerified: t.exposeBoolean('emailVerified'),
    name: t.exposeString('name'),
    role: t.expose('role', { type: UserRole }),
    twoFactorEnabled: t.exposeBoolean('twoFactorEnabled'),
    banned: t.exposeBoolean('banned'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})
builder.drizzleObject('kycDocuments', {
  name: 'KycDocument',
  fields: (t) => ({
    id: t.exposeID('id'),
    documentType: t.expose('documentType', { type: KycDocumentType }),
    fileName: t.exposeString('fileName'),
    contentType: t.exposeString('contentType'),
    size: t.exposeInt('size'),
    uploadedAt: t.expose('uploadedAt', { type: 'DateTime' }),
  }),
})
builder.drizzleObject('kycStatusChanges', {
  name: 'KycStatusChange',
  fields: (t) => ({
    id: t.exposeID('id'),
    fromStatus: t.expose('fromStatus', { type: KycStatus, nullable: true }),
    toStatus: t.expose('toStatus', { type: KycStatus }),
    reason: t.exposeString('reason', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})
const KycApplication = builder.drizzleObject('kycApplications', {
  name: 'KycApplication',
  fields: (t) => ({
    id: t.exposeID('id'),
    version: t.exposeInt('version'),
    status: t.expose('status', { type: KycStatus }),
    firstName: t.exposeString('firstName', { nullable: true }),
    lastName: t.exposeString('lastName', { nullable: true }),
    nationality: t.exposeString('nationality', { nullable: true }),
    submittedAt: t.expose('submittedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    user: t.relation('user'),
    documents: t.relation('documents', { query: { orderBy: { uploadedAt: 'asc', id: 'asc' } } }),
    statusHistory: t.relation('statusHistory', { query: { orderBy: { version: 'asc' } } }),
  }),
})
const ExchangeRate = builder.drizzleObject('exchangeRates', {
  name: 'ExchangeRate',
  fields: (t) => ({
    base: t.expose('base', { type: 'Currency' }),
    quote: t.expose('quote', { type: 'Currency' }),
    rate: t.expose('rate', { type: 'Decimal' }),
    source: t.exposeString('source'),
    asOf: t.expose('asOf', { type: 'DateTime' }),
    fetchedAt: t.expose('fetchedAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
  }),
})
const KycApplicationFilter = builder.inputType('KycApplicationFilter', {
  fields: (t) => ({
    statuses: t.field({ type: [KycStatus], required: true }),
    submittedBefore: t.field({ type: 'DateTime', required: true }),
  }),
})

builder.queryType({
  fields: (t) => ({
    user: t.drizzleField({
      type: User,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (query, _root, { id }) => db.query.users.findFirst(query({ where: { id } })),
    }),
    kycApplications: t.drizzleConnection(
      {
        type: KycApplication,
        args: {
          filter: t.arg({ type: KycApplicationFilter, required: true }),
          orderBy: t.arg({ type: KycApplicationOrder }),
        },
        resolve: (query, _root, { filter: { statuses, submittedBefore } }) =>
          db.query.kycApplications.findMany(
            query({
              where: { status: { in: statuses }, submittedAt: { lt: new Date(submittedBefore) } },
              orderBy: { submittedAt: 'desc', id: 'desc' },
            }),
          ) as never,
      },
      { name: 'KycApplicationConnection' },
      { name: 'KycApplicationEdge' },
    ),
    exchangeRates: t.drizzleField({
      type: [ExchangeRate],
      args: { base: t.arg({ type: 'Currency', required: true }) },
      resolve: (query, _root, { base }) =>
        db.query.exchangeRates.findMany(query({ where: { base }, orderBy: { quote: 'asc' } })),
    }),
  }),
})

const yoga = createYoga({
  schema: builder.toSchema(),
  graphiql: false,
  landingPage: false,
  logging: false,
  plugins: process.env.CACHED ? [useResponseCache({ session: () => null, ttl: 3_600_000 })] : [],
})
listen(createServer(yoga))

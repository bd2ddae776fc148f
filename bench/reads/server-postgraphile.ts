import { createServer } from 'node:http'
import type { GraphQLInputType } from 'graphql'
import { postgraphile } from 'postgraphile'
import { TYPES } from 'postgraphile/@dataplan/pg'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { addPgTableCondition } from 'postgraphile/utils'
import { listen } from '../listen.ts'
import { databaseUrl, poolSize } from './peer-pool.ts'

// As its documentation's "Library usage", the Amber preset. The schema is what it finds in the tables; a condition that is
// no equality is added as "addPgTableCondition" says. Lists instead of connections where no page is asked for.
const SubmittedBefore = addPgTableCondition(
  { schemaName: 'public', tableName: 'kyc_applications' },
  'submittedBefore',
  (build) => ({ type: build.getGraphQLTypeByPgCodec(TYPES.timestamptz, 'input') as GraphQLInputType }),
  (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
    sql`${sqlTableAlias}.submitted_at < ${sqlValueWithCodec(value, TYPES.timestamptz)}`,
)

const server = createServer()
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [SubmittedBefore],
  pgServices: [makePgService({ connectionString: databaseUrl, schemas: ['public'], poolConfig: { max: poolSize } })],
  gather: { installWatchFixtures: false },
  schema: { defaultBehavior: 'connection list' },
  grafserv: { graphqlPath: '/graphql', watch: false },
  grafast: { explain: false },
})
await instance.createServ(grafserv).addTo(server)
listen(server)

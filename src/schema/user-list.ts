import { users } from '../db/schema/auth.ts'
import { filteredUsers, userFilter } from '../resolvers/user-list.ts'
import { builder } from './builder.ts'
import { keysetConnection } from './connection.ts'
import { KycStatus } from './kyc.ts'
import { needs } from './permission.ts'
import { compiledRead } from './read/index.ts'
import { reads } from './tags.ts'
import { User, UserRole } from './user.ts'

const UserConnection = builder.connectionObject(
  {
    type: User,
    name: 'UserConnection',
    description: 'A page of accounts (Relay Cursor Connections).',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many there are under the filter, over all pages.',
        resolve: (connection) => (connection as unknown as { totalCount: () => Promise<number> }).totalCount(),
      }),
    }),
  },
  { name: 'UserEdge' },
)

const UserFilter = builder.inputType('UserFilter', {
  description: 'All that are given must hold.',
  fields: (t) => ({
    search: t.string({ description: 'A prefix of the name or of the e-mail address, in any case.' }),
    role: t.field({ type: UserRole, description: 'Exactly this role.' }),
    kycStatus: t.field({ type: KycStatus, extensions: reads('kyc'), description: 'Those whose `kycStatus` is this.' }),
    banned: t.boolean({ description: 'Those whose `banned` is this: a ban that has ended is none.' }),
  }),
})

builder.queryField('users', (t) =>
  t.connection(
    {
      type: User,
      ...needs('user:list', compiledRead),
      description: 'Accounts, newest first; for compliance and admins.',
      args: { filter: t.arg({ type: UserFilter }) },
      resolve: (_root, args, ctx, info) =>
        keysetConnection({
          ctx,
          info,
          table: 'users',
          columns: users,
          typeName: 'User',
          args,
          filter: userFilter(ctx, args.filter ?? {}),
          where: filteredUsers,
          order: { column: 'createdAt', direction: 'desc' },
        }) as never,
    },
    UserConnection,
  ),
)

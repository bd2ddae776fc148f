import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import { validUntil } from '../context.ts'
import { userRoles } from '../db/schema/auth.ts'
import { NotFoundError } from '../errors.ts'
import { userTag } from '../log/tags.ts'
import { isReviewer, type Viewer } from '../permissions.ts'
import { imageUrl } from '../resolvers/upload/avatar.ts'
import { banUser, revokeUserSessions, setUserRole, unbanUser, visibleUsers } from '../resolvers/user.ts'
import { builder } from './builder.ts'
import { enumValuesOf } from './enums.ts'
import { needs } from './permission.ts'
import { personal } from './personal.ts'
import { compiledRead, readRow } from './read/index.ts'
import { eachHas, narrowedBy, ofId, reads } from './tags.ts'

export const UserRole = builder.enumType('UserRole', {
  description: 'What an account may do beyond its own affairs. Nobody gives a role to themselves.',
  values: enumValuesOf(userRoles),
})

export const isSelf = (viewer: Viewer, user: { id: string }) => viewer.kind === 'user' && viewer.id === user.id

export const User = builder.drizzleNode('users', {
  name: 'User',
  description: 'An account. Seen by its owner, by compliance and by admins; an API key sees nothing personal of it.',
  id: { column: (user) => user.id },
  select: {},
  // Whoever it is about sees more of it than others do.
  extensions: { personal: true, ...reads('users'), ...eachHas(userTag) },
  fields: (t) => ({
    email: t.field({
      ...personal,
      type: 'EmailAddress',
      nullable: true,
      description: 'To oneself, compliance and admins; null to anyone else.',
      select: { columns: { id: true, email: true } },
      resolve: (user, _args, { viewer }) => (isSelf(viewer, user) || isReviewer(viewer) ? user.email : null),
    }),
    emailVerified: t.exposeBoolean('emailVerified', {
      description: 'Whether the owner has shown that the address is theirs.',
    }),
    name: t.string({
      ...personal,
      nullable: true,
      description: 'As the owner gave it; null when they gave none, and to an API key.',
      select: { columns: { name: true } },
      resolve: (user) => user.name || null,
    }),
    image: t.field({
      ...personal,
      type: 'URL',
      nullable: true,
      description:
        'A picture of the owner, at the public address of the store. Whoever has the address may fetch it; it names nobody, and nobody guesses it. Null to an API key.',
      select: { columns: { image: true } },
      resolve: ({ image }, _args, { services }) => imageUrl(services.storage, image),
    }),
    walletAddress: t.expose('walletAddress', {
      ...personal,
      type: 'EvmAddress',
      nullable: true,
      description: 'The wallet that the owner has signed in with (ERC-4361). One account a wallet. Null to an API key.',
    }),
    role: t.expose('role', { type: UserRole, description: 'INVESTOR unless an admin has said otherwise.' }),
    twoFactorEnabled: t.exposeBoolean('twoFactorEnabled', {
      description: 'Whether signing in asks for a second factor.',
    }),
    banned: t.boolean({
      description: 'A banned account has no sessions and cannot sign in. A ban with an end is over when that has come.',
      select: { columns: { banned: true, banExpires: true } },
      resolve: ({ banned, banExpires }, _args, ctx) => {
        if (!banned || banExpires === null) return banned
        const isBanned = banExpires.getTime() > Date.now()
        if (isBanned) validUntil(ctx, banExpires)
        return isBanned
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the account last changed.' }),
  }),
})

const readUser = (ctx: Context, info: GraphQLResolveInfo, id: string) =>
  readRow({
    ctx,
    info,
    table: 'users',
    values: { id },
    literals: {},
    query: ({ id }, viewer) => ({ where: { id, RAW: visibleUsers(viewer) } }),
  })

builder.queryFields((t) => ({
  viewer: t.field({
    type: User,
    nullable: true,
    // An answer for a user has their tag in any case.
    extensions: { ...narrowedBy(() => []), ...compiledRead },
    description: 'Who is signed in; null when nobody is.',
    resolve: (_root, _args, ctx, info) => (ctx.viewer.kind === 'user' ? readUser(ctx, info, ctx.viewer.id) : null),
  }),
  user: t.field({
    type: User,
    nullable: true,
    ...needs('user:read', { ...ofId, ...compiledRead }),
    description: 'One account: oneself; to compliance and admins anybody. NOT_FOUND otherwise.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, ctx, info) => {
      const found = await readUser(ctx, info, id)
      if (!found) throw new NotFoundError('The user')
      return found
    },
  }),
}))

const SetUserRoleInput = builder.inputType('SetUserRoleInput', {
  fields: (t) => ({ userId: t.id({ required: true }), role: t.field({ type: UserRole, required: true }) }),
})
const BanUserInput = builder.inputType('BanUserInput', {
  fields: (t) => ({
    userId: t.id({ required: true }),
    reason: t.string({ required: true, description: 'For the file, 1 to 2,000 characters; not shown to the user.' }),
    until: t.field({ type: 'DateTime', description: 'When the ban ends by itself, in the future; absent: never.' }),
  }),
})
const UnbanUserInput = builder.inputType('UnbanUserInput', { fields: (t) => ({ userId: t.id({ required: true }) }) })
const RevokeUserSessionsInput = builder.inputType('RevokeUserSessionsInput', {
  fields: (t) => ({ userId: t.id({ required: true }) }),
})

export const userPayload = (name: string) =>
  builder.objectRef<{ userId: string }>(name).implement({
    fields: (t) => ({
      user: t.drizzleField({
        type: User,
        description: 'As they are now.',
        resolve: (query, payload, _args, ctx) =>
          ctx.db.query.users.findFirst(query({ where: { id: payload.userId } })) as never,
      }),
    }),
  })

builder.mutationFields((t) => ({
  setUserRole: t.field({
    type: userPayload('SetUserRolePayload'),
    ...needs('user:administer'),
    description:
      'Gives a user another role; their sessions know it within the second. Never one’s own; the last admin keeps theirs.',
    args: { input: t.arg({ type: SetUserRoleInput, required: true }) },
    resolve: (_root, { input }, ctx) => setUserRole(ctx, input),
  }),
  banUser: t.field({
    type: userPayload('BanUserPayload'),
    ...needs('user:administer'),
    description: 'Ends every session of a user and lets them begin none. Never oneself; not the last admin.',
    args: { input: t.arg({ type: BanUserInput, required: true }) },
    resolve: (_root, { input }, ctx) => banUser(ctx, { ...input, until: input.until ?? null }),
  }),
  unbanUser: t.field({
    type: userPayload('UnbanUserPayload'),
    ...needs('user:administer'),
    description: 'Ends a ban. A user who is not banned stays as they are.',
    args: { input: t.arg({ type: UnbanUserInput, required: true }) },
    resolve: (_root, { input }, ctx) => unbanUser(ctx, input),
  }),
  revokeUserSessions: t.field({
    type: builder.objectRef<{ revoked: number }>('RevokeUserSessionsPayload').implement({
      fields: (payload) => ({ revoked: payload.exposeInt('revoked', { description: 'How many sessions ended.' }) }),
    }),
    ...needs('session:revoke'),
    description: 'Signs a user out everywhere, this session included: oneself, or as an admin anybody.',
    args: { input: t.arg({ type: RevokeUserSessionsInput, required: true }) },
    resolve: (_root, { input }, ctx) => revokeUserSessions(ctx, input),
  }),
}))

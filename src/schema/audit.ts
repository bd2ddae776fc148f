import { type Stream, streams } from '../db/schema/event.ts'
import { BadUserInputError } from '../errors.ts'
import { tags } from '../log/tags.ts'
import { type AuditKey, type AuditRow, readAuditLog } from '../resolvers/audit.ts'
import { auditEntryId } from '../resolvers/audit-id.ts'
import { builder } from './builder.ts'
import { connectionOf, pageOf } from './keyset.ts'
import { needs } from './permission.ts'
import { reads } from './tags.ts'
import { User } from './user.ts'

const AuditEntry = builder.objectRef<AuditRow>('AuditEntry').implement({
  description: 'One entry of the audit trail. Each carries the hash of the one before: an edit, a gap or a swap shows.',
  // Transfers alone are nobody's deeds.
  extensions: reads(...tags.filter((tag) => tag !== 'transfers')),
  interfaces: [builder.nodeInterfaceRef()],
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'previousHash' in value,
  fields: (t) => ({
    id: t.id({ description: 'Names the stream and the position, for ever.', resolve: auditEntryId }),
    stream: t.exposeString('stream', { description: 'accounts, alerts, kyc, rates (manual), tokens.' }),
    sequence: t.field({
      type: 'BigInt',
      description: 'Dense within its stream, in the order of commits.',
      resolve: (entry) => entry.position,
    }),
    action: t.exposeString('type', { description: 'kyc.approved, document.downloaded, user.banned …' }),
    actor: t.field({
      type: User,
      nullable: true,
      description: 'Who did it; null: the system, or an account that is gone.',
      // The plugin fetches what was selected of these users, all of a page in one statement.
      resolve: (entry) => (entry.actorId === null ? null : ({ id: entry.actorId } as never)),
    }),
    subjectId: t.id({ nullable: true, description: 'What it was done to.', resolve: (entry) => entry.subjectId }),
    details: t.field({
      type: 'JSONObject',
      description: 'Ids, enums, numbers and digests; never personal data.',
      resolve: (entry) => entry.payload,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was done.' }),
    hash: t.exposeString('hash', { description: 'SHA-256 over the hash before and this entry, lower-case hex.' }),
    previousHash: t.exposeString('previousHash', {
      description: 'Of the entry before in this stream; zeros for the first.',
    }),
  }),
})

const AuditEntryConnection = builder.connectionObject(
  {
    type: AuditEntry,
    name: 'AuditEntryConnection',
    description: 'A page of the audit trail (Relay Cursor Connections).',
  },
  { name: 'AuditEntryEdge' },
)

const AuditFilter = builder.inputType('AuditFilter', {
  description: 'All that are given must hold.',
  fields: (t) => ({
    stream: t.string({ description: 'accounts, alerts, kyc, rates or tokens.' }),
    subjectId: t.id({ description: 'What it was done to.' }),
    actorId: t.id({ description: 'Who did it.' }),
    action: t.string({ description: 'Exactly this action.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'At this moment or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
})

builder.queryFields((t) => ({
  auditLog: t.connection(
    {
      type: AuditEntry,
      ...needs('audit:read'),
      description: 'Who did what, newest first.',
      args: { filter: t.arg({ type: AuditFilter }) },
      resolve: async (_root, args, ctx) => {
        const page = pageOf(args)
        const after = page.after === null ? null : decodeKey(page.after, 'after')
        const before = page.before === null ? null : decodeKey(page.before, 'before')
        const { backward, size } = page
        const found = await readAuditLog(ctx, { filter: args.filter ?? {}, after, before, backward, limit: size + 1 })
        return connectionOf(found, page, encodeKey) as never
      },
    },
    AuditEntryConnection,
  ),
}))

const encodeKey = ({ microseconds, stream, position }: AuditKey) =>
  Buffer.from(JSON.stringify([microseconds, stream, position])).toString('base64url')

function decodeKey(cursor: string, path: string): AuditKey {
  try {
    const [microseconds, stream, position] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (!/^\d{1,18}$/.test(microseconds) || !streams.includes(stream as Stream) || !Number.isSafeInteger(position))
      throw new Error()
    return { microseconds, stream, position }
  } catch {
    throw new BadUserInputError([{ path, message: 'This is not a cursor of this list.' }])
  }
}

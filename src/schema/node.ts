import { brandWithType } from '@pothos/core'
import { and, type Column, type SQL, sql } from 'drizzle-orm'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import { BadUserInputError, NotFoundError } from '../errors.ts'
import { type Noun, nounOf } from '../ids.ts'
import { may, type Viewer } from '../permissions.ts'
import { visibleSystemAlerts } from '../resolvers/alert.ts'
import { readAuditEntries } from '../resolvers/audit.ts'
import { auditEntryId, auditEntryPlace } from '../resolvers/audit-id.ts'
import { visibleKycDocuments } from '../resolvers/document/document.ts'
import { ofVisibleKycApplication, visibleKycApplications } from '../resolvers/kyc/application.ts'
import { visibleTokenMetadata } from '../resolvers/token/token.ts'
import { findTransfers } from '../resolvers/transfer/list.ts'
import { visibleUsers } from '../resolvers/user.ts'
import { builder, maxPageSize } from './builder.ts'
import { compiledRead, readRows } from './read/index.ts'
import { ofId, ofIds } from './tags.ts'

type Visible = (viewer: Viewer) => (table: never) => SQL
type TableNoun = {
  type: string
  table: 'users' | 'kycApplications' | 'kycDocuments' | 'kycStatusChanges' | 'systemAlerts' | 'tokenMetadata'
  visible: Visible
}

/** Which rows of a table a viewer may see, by the noun in the id. The same rules as those of the lists. */
const tableNouns: Partial<Record<Noun, TableNoun>> = {
  user: { type: 'User', table: 'users', visible: visibleUsers },
  kycApplication: { type: 'KycApplication', table: 'kycApplications', visible: visibleKycApplications },
  kycDocument: { type: 'KycDocument', table: 'kycDocuments', visible: visibleKycDocuments },
  kycStatusChange: { type: 'KycStatusChange', table: 'kycStatusChanges', visible: ofVisibleKycApplication },
  systemAlert: { type: 'SystemAlert', table: 'systemAlerts', visible: visibleSystemAlerts },
  tokenMetadata: { type: 'TokenMetadata', table: 'tokenMetadata', visible: visibleTokenMetadata },
}

type Found = { id: string }
const byId = (rows: Found[]) => rows.map((row): [string, object] => [row.id, row])

/** The nodes with these ids that the viewer may see, by id: one statement a type, with what was selected of it. */
async function findNodes(ctx: Context, info: GraphQLResolveInfo, ids: string[]): Promise<Map<string, object>> {
  const nouns = new Set(ids.map(nounOf))
  const found = await Promise.all(
    [...nouns].map((noun) => {
      const own = ids.filter((id) => nounOf(id) === noun)
      if (noun === 'auditEntry') return findAuditEntries(ctx, own)
      if (noun === 'tokenTransfer') return findTransfers(ctx, own).then(byId)
      const tableNoun = noun && tableNouns[noun]
      return tableNoun ? findRows(ctx, info, tableNoun, own) : []
    }),
  )
  return new Map(found.flat())
}

async function findRows(ctx: Context, info: GraphQLResolveInfo, { type, table, visible }: TableNoun, ids: string[]) {
  const rows = await readRows({
    ctx,
    info,
    table,
    typeName: type,
    values: { ids },
    literals: {},
    query: ({ ids }, viewer) => ({
      columns: { id: true },
      where: { RAW: (t: { id: Column }) => and(sql`${t.id} = any(${sql.param(ids)})`, visible(viewer)(t as never)) },
    }),
  })
  return rows.map((row): [string, object] => {
    brandWithType(row, type as never)
    return [row.id, row]
  })
}

async function findAuditEntries(ctx: Context, ids: string[]): Promise<[string, object][]> {
  if (!may(ctx.viewer, 'audit:read')) return []
  const places = ids.flatMap((id) => auditEntryPlace(id) ?? [])
  const entries = await readAuditEntries(ctx, places)
  // The id holds the time as well: one with another time names no entry.
  return entries.map((entry): [string, object] => [auditEntryId(entry), entry])
}

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    extensions: { ...ofId, ...compiledRead },
    description: 'Whatever has this id. NOT_FOUND when there is nothing, or nothing that the viewer may see.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, ctx, info) => {
      const found = (await findNodes(ctx, info, [id])).get(id)
      if (!found) throw new NotFoundError('The node')
      return found as never
    },
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    extensions: { ...ofIds, ...compiledRead },
    description: 'At most 100; null in the place of what is not there or may not be seen.',
    args: { ids: t.arg.idList({ required: true }) },
    resolve: async (_root, { ids }, ctx, info) => {
      if (ids.length > maxPageSize) throw new BadUserInputError([{ path: 'ids', message: `At most ${maxPageSize}.` }])
      const found = await findNodes(ctx, info, ids)
      return ids.map((id) => found.get(id) ?? null) as never
    },
  }),
}))

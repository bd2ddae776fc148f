import { loadersOf } from '../context.ts'
import { idDocumentType, kycApplications, kycRejectionKind, kycStatus } from '../db/schema/kyc.ts'
import { NotFoundError } from '../errors.ts'
import { kycTag, userTag } from '../log/tags.ts'
import type { Viewer } from '../permissions.ts'
import { visibleKycApplications } from '../resolvers/kyc/application.ts'
import {
  dateOfBirthOf,
  idDocumentNumberOf,
  masked,
  type PostalAddress,
  residenceAddressOf,
} from '../resolvers/kyc/details.ts'
import { filteredKycApplications, kycApplicationFilter } from '../resolvers/kyc/filter.ts'
import { builder } from './builder.ts'
import { keysetConnection, nestedConnection, nestedPage } from './connection.ts'
import { enumValuesOf } from './enums.ts'
import type { KeysetOrder } from './keyset.ts'
import { needs } from './permission.ts'
import { personal } from './personal.ts'
import { compiledRead, readRow } from './read/index.ts'
import { eachHas, narrowedBy, ofId, own, reads } from './tags.ts'
import { User } from './user.ts'

export const KycStatus = builder.enumType('KycStatus', {
  description: 'Where an application stands. DRAFT and ADDITIONAL_INFO_REQUIRED are in the applicant’s hands.',
  values: enumValuesOf(kycStatus.enumValues),
})
export const IdDocumentType = builder.enumType('IdDocumentType', {
  description: 'What the applicant shows. Other than for a passport, its back is required as well.',
  values: enumValuesOf(idDocumentType.enumValues),
})
export const KycRejectionKind = builder.enumType('KycRejectionKind', {
  description: 'RETRY: another application may follow. FINAL: none may.',
  values: enumValuesOf(kycRejectionKind.enumValues),
})

export const PostalAddressType = builder.objectRef<PostalAddress>('PostalAddress').implement({
  extensions: reads(),
  description: 'Where post reaches a person.',
  fields: (t) => ({
    street: t.exposeString('street', { description: 'Street and number, in the order of the country.' }),
    city: t.exposeString('city', { description: 'City, town or village.' }),
    state: t.exposeString('state', {
      nullable: true,
      description: 'State, province or canton, where addresses have one.',
    }),
    postalCode: t.exposeString('postalCode', { description: 'As it is written in the country.' }),
    country: t.expose('country', { type: 'CountryCode', description: 'ISO 3166-1 alpha-2.' }),
  }),
})

const isApplicant = (viewer: Viewer, application: { userId: string }) =>
  viewer.kind === 'user' && viewer.id === application.userId

export const KycApplication = builder.drizzleNode('kycApplications', {
  name: 'KycApplication',
  description:
    'An application to be known as a customer, with its documents and its history. An API key sees where it stands, and nothing personal.',
  id: { column: (application) => application.id },
  select: {},
  extensions: { ...reads('kyc'), ...eachHas(kycTag) },
  fields: (t) => ({
    version: t.exposeInt('version', {
      description: 'Grows by one with every change. Send it as `expectedVersion` to change only what you have read.',
    }),
    status: t.expose('status', { type: KycStatus, description: 'Where the application stands.' }),
    user: t.relation('user', { extensions: { ofSubject: true }, description: 'The applicant.' }),
    firstName: t.exposeString('firstName', {
      ...personal,
      nullable: true,
      description: 'Given names, at most 100 characters.',
    }),
    lastName: t.exposeString('lastName', {
      ...personal,
      nullable: true,
      description: 'Family names, at most 100 characters.',
    }),
    dateOfBirth: t.field({
      ...personal,
      type: 'Date',
      nullable: true,
      description: 'Null except to the applicant: see revealKycDetails.',
      select: { columns: { id: true, userId: true, dateOfBirth: true } },
      resolve: (application, _args, { viewer, services }) =>
        isApplicant(viewer, application) ? dateOfBirthOf(services.personalData, application) : null,
    }),
    nationality: t.expose('nationality', {
      ...personal,
      type: 'CountryCode',
      nullable: true,
      description: 'ISO 3166-1 alpha-2.',
    }),
    residenceCountry: t.expose('residenceCountry', {
      ...personal,
      type: 'CountryCode',
      nullable: true,
      description: 'Where the applicant lives, ISO 3166-1 alpha-2.',
    }),
    residenceAddress: t.field({
      ...personal,
      type: PostalAddressType,
      nullable: true,
      description: 'Null except to the applicant: see revealKycDetails.',
      select: { columns: { id: true, userId: true, residenceAddress: true } },
      resolve: (application, _args, { viewer, services }) =>
        isApplicant(viewer, application) ? residenceAddressOf(services.personalData, application) : null,
    }),
    idDocumentType: t.expose('idDocumentType', {
      ...personal,
      type: IdDocumentType,
      nullable: true,
      description: 'The kind of identity document.',
    }),
    idDocumentNumber: t.string({
      ...personal,
      nullable: true,
      description: 'Masked to its last 4 characters except to the applicant.',
      select: { columns: { id: true, userId: true, idDocumentNumber: true } },
      resolve: (application, _args, { viewer, services }) => {
        const number = idDocumentNumberOf(services.personalData, application)
        return number && !isApplicant(viewer, application) ? masked(number) : number
      },
    }),
    idDocumentExpiry: t.expose('idDocumentExpiry', {
      ...personal,
      type: 'Date',
      nullable: true,
      description: 'The last day on which the identity document is valid.',
    }),
    submittedAt: t.expose('submittedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last submitted; null while it never was.',
    }),
    reviewedAt: t.expose('reviewedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was approved or rejected.',
    }),
    reviewedBy: t.field({
      ...personal,
      type: User,
      nullable: true,
      description: 'Who approved or rejected it; null to the applicant.',
      select: (_args, _ctx, nestedSelection) => ({
        columns: { userId: true },
        with: { reviewedBy: nestedSelection() },
      }),
      resolve: (application, _args, { viewer }) => (isApplicant(viewer, application) ? null : application.reviewedBy),
    }),
    rejectionReason: t.exposeString('rejectionReason', {
      ...personal,
      nullable: true,
      description: 'What the applicant was told.',
    }),
    rejectionKind: t.expose('rejectionKind', {
      type: KycRejectionKind,
      nullable: true,
      description: 'Whether another application may follow.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the approval ends; null while there is none.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the application was begun.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    documents: t.relation('documents', {
      ...personal,
      extensions: { ...personal.extensions, ...own },
      description: 'What was uploaded, oldest first; at most 20. Empty to an API key.',
      query: { orderBy: { uploadedAt: 'asc', id: 'asc' } },
    }),
    statusHistory: t.relation('statusHistory', {
      extensions: own,
      description: 'Every step of the status, oldest first.',
      query: { orderBy: { version: 'asc' } },
    }),
  }),
})

export const KycStatusChange = builder.drizzleNode('kycStatusChanges', {
  name: 'KycStatusChange',
  description: 'One step of an application’s status. Never changed afterwards.',
  id: { column: (change) => change.id },
  select: {},
  extensions: reads('kyc'),
  fields: (t) => ({
    application: t.relation('application', { extensions: own, description: 'Whose step it is.' }),
    fromStatus: t.expose('fromStatus', { type: KycStatus, nullable: true, description: 'Null on creation.' }),
    toStatus: t.expose('toStatus', { type: KycStatus, description: 'The status after the step.' }),
    changedBy: t.field({
      ...personal,
      type: User,
      nullable: true,
      description: 'Null: the system. The applicant does not see who reviewed.',
      select: (_args, _ctx, nestedSelection) => ({
        columns: { changedById: true },
        with: { changedBy: nestedSelection(), application: { columns: { userId: true } } },
      }),
      resolve: (change, _args, { viewer }) => {
        const own = viewer.kind === 'user' && viewer.id === change.changedById
        return own || !isApplicant(viewer, change.application) ? change.changedBy : null
      },
    }),
    reason: t.exposeString('reason', {
      ...personal,
      nullable: true,
      description: 'What the reviewer wrote to the applicant.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the step was taken.' }),
  }),
})

const KycApplicationConnection = builder.connectionObject(
  {
    type: KycApplication,
    name: 'KycApplicationConnection',
    description: 'A page of applications (Relay Cursor Connections).',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many there are under the filter, over all pages.',
        resolve: (connection) => (connection as unknown as { totalCount: () => Promise<number> }).totalCount(),
      }),
    }),
  },
  { name: 'KycApplicationEdge' },
)

const KycApplicationFilter = builder.inputType('KycApplicationFilter', {
  description: 'All that are given must hold.',
  fields: (t) => ({
    statuses: t.field({ type: [KycStatus], description: 'Any of these.' }),
    userId: t.id({ description: 'The applicant.' }),
    submittedAfter: t.field({ type: 'DateTime', description: 'Submitted at this moment or later.' }),
    submittedBefore: t.field({ type: 'DateTime', description: 'Submitted before this moment.' }),
    search: t.string({
      extensions: reads('users'),
      description: 'A prefix of a name or e-mail address, or an exact document number. FORBIDDEN to an API key.',
    }),
  }),
})

const ofApplicant = ({ filter }: { filter?: unknown }) => {
  const { userId } = (filter ?? {}) as { userId?: unknown }
  return typeof userId === 'string' ? [userTag(userId)] : null
}

const newestFirst: KeysetOrder = { column: 'createdAt', direction: 'desc' }
const orders: Record<string, KeysetOrder> = {
  SUBMITTED_AT_ASC: { column: 'submittedAt', direction: 'asc', sparse: true },
  SUBMITTED_AT_DESC: { column: 'submittedAt', direction: 'desc', sparse: true },
  CREATED_AT_ASC: { column: 'createdAt', direction: 'asc' },
  CREATED_AT_DESC: newestFirst,
}
const KycApplicationOrder = builder.enumType('KycApplicationOrder', {
  description: 'By a moment. What was never submitted comes last in SUBMITTED_AT_ASC and first in SUBMITTED_AT_DESC.',
  values: Object.keys(orders),
})

builder.queryFields((t) => ({
  kycApplication: t.field({
    type: KycApplication,
    nullable: true,
    ...needs('kyc:read', { ...ofId, ...compiledRead }),
    description: 'One application. NOT_FOUND when there is none or the viewer may not see it.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, ctx, info) => {
      const found = await readRow({
        ctx,
        info,
        table: 'kycApplications',
        values: { id },
        literals: {},
        query: ({ id }, viewer) => ({ where: { id, RAW: visibleKycApplications(viewer) } }),
      })
      if (!found) throw new NotFoundError('The application')
      return found
    },
  }),
  kycApplications: t.connection(
    {
      type: KycApplication,
      ...needs('kyc:read', { ...narrowedBy(ofApplicant), ...compiledRead }),
      description:
        'One’s own; to compliance, admins and API keys with the scope kyc:read all that were submitted. Newest first unless ordered otherwise.',
      args: {
        filter: t.arg({ type: KycApplicationFilter }),
        orderBy: t.arg({ type: KycApplicationOrder, description: 'CREATED_AT_DESC when absent.' }),
      },
      resolve: (_root, args, ctx, info) =>
        keysetConnection({
          ctx,
          info,
          table: 'kycApplications',
          columns: kycApplications,
          typeName: 'KycApplication',
          args,
          filter: kycApplicationFilter(ctx, args.filter ?? {}),
          where: filteredKycApplications,
          order: orders[args.orderBy ?? 'CREATED_AT_DESC']!,
        }) as never,
    },
    KycApplicationConnection,
  ),
}))

builder.drizzleObjectFields(User, (t) => ({
  kycApplications: t.connection(
    {
      type: KycApplication,
      extensions: own,
      description: 'Newest first: one’s own, or those that were submitted.',
      select: (args, ctx, nestedSelection) => ({
        columns: { id: true },
        with: {
          kycApplications: nestedPage(
            { ctx, args, order: newestFirst, visible: visibleKycApplications },
            nestedSelection,
            'KycApplication',
          ),
        },
      }),
      resolve: (user, args, ctx) =>
        ({
          ...nestedConnection(args, newestFirst, user.kycApplications),
          totalCount: () => loadersOf(ctx).kycApplicationCountByUserId.load(user.id),
        }) as never,
    },
    KycApplicationConnection,
  ),
  kycStatus: t.field({
    type: KycStatus,
    nullable: true,
    extensions: { ...reads('kyc'), ...own },
    description: 'APPROVED while an approval is valid, else of the newest application; null if there is none.',
    select: { columns: { id: true } },
    resolve: (user, _args, ctx) => loadersOf(ctx).kycStatusByUserId.load(user.id),
  }),
}))

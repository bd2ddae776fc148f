import { createKycApplication } from '../resolvers/kyc/create.ts'
import { approveKycApplication, rejectKycApplication, revokeKycApproval } from '../resolvers/kyc/decide.ts'
import type { PostalAddress } from '../resolvers/kyc/details.ts'
import { revealKycDetails } from '../resolvers/kyc/reveal.ts'
import { requestKycInformation, startKycReview } from '../resolvers/kyc/review.ts'
import { submitKycApplication } from '../resolvers/kyc/submit.ts'
import { updateKycApplication } from '../resolvers/kyc/update.ts'
import { builder } from './builder.ts'
import { IdDocumentType, KycApplication, KycRejectionKind, PostalAddressType } from './kyc.ts'
import { needs } from './permission.ts'

const PostalAddressInput = builder.inputType('PostalAddressInput', {
  description: 'Where post reaches a person.',
  fields: (t) => ({
    street: t.string({ required: true, description: 'At most 200 characters.' }),
    city: t.string({ required: true, description: 'At most 100 characters.' }),
    state: t.string({ description: 'At most 100 characters.' }),
    postalCode: t.string({ required: true, description: 'At most 20 characters.' }),
    country: t.field({ type: 'CountryCode', required: true }),
  }),
})

const KycDetailsInput = builder.inputType('KycDetailsInput', {
  description: 'In an update an absent field stays as it is and null clears it. All must be there to submit.',
  fields: (t) => ({
    firstName: t.string({ description: 'At most 100 characters.' }),
    lastName: t.string({ description: 'At most 100 characters.' }),
    dateOfBirth: t.field({ type: 'Date', description: '18 years ago or more.' }),
    nationality: t.field({ type: 'CountryCode' }),
    residenceCountry: t.field({ type: 'CountryCode' }),
    residenceAddress: t.field({ type: PostalAddressInput }),
    idDocumentType: t.field({ type: IdDocumentType }),
    idDocumentNumber: t.string({ description: '4 to 40 letters, digits, spaces, dots, slashes or hyphens.' }),
    idDocumentExpiry: t.field({ type: 'Date', description: 'In the future.' }),
  }),
})
type DetailsInput = typeof KycDetailsInput.$inferInput

/** GraphQL leaves `state` out where TypeScript wants it said. */
const detailsOf = ({ residenceAddress: address, ...details }: DetailsInput) => ({
  ...details,
  ...(address !== undefined && {
    residenceAddress: address && ({ ...address, state: address.state ?? null } as PostalAddress),
  }),
})

const applicationIdAnd = { description: 'The application to act on.', required: true } as const
const expected = { description: 'CONFLICT unless the application has this version.' } as const
const reasonFor = (whom: string) => ({ description: `${whom} 1 to 2,000 characters.` })

const CreateInput = builder.inputType('CreateKycApplicationInput', {
  fields: (t) => ({ details: t.field({ type: KycDetailsInput, description: 'As much as is known.' }) }),
})
const UpdateInput = builder.inputType('UpdateKycApplicationInput', {
  fields: (t) => ({
    applicationId: t.id(applicationIdAnd),
    details: t.field({ type: KycDetailsInput, required: true, description: 'What changes.' }),
    expectedVersion: t.int(expected),
  }),
})
const stepInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({ applicationId: t.id(applicationIdAnd), expectedVersion: t.int(expected) }),
  })
const SubmitInput = stepInput('SubmitKycApplicationInput')
const StartReviewInput = stepInput('StartKycReviewInput')
const RequestInformationInput = builder.inputType('RequestKycInformationInput', {
  fields: (t) => ({
    applicationId: t.id(applicationIdAnd),
    reason: t.string({ required: true, ...reasonFor('What is missing, for the applicant.') }),
    expectedVersion: t.int(expected),
  }),
})
const ApproveInput = builder.inputType('ApproveKycApplicationInput', {
  fields: (t) => ({
    applicationId: t.id(applicationIdAnd),
    reason: t.string(reasonFor('A note, shown to the applicant.')),
    expectedVersion: t.int(expected),
  }),
})
const RejectInput = builder.inputType('RejectKycApplicationInput', {
  fields: (t) => ({
    applicationId: t.id(applicationIdAnd),
    reason: t.string({ required: true, ...reasonFor('Why, for the applicant.') }),
    kind: t.field({ type: KycRejectionKind, required: true, description: 'Whether another application may follow.' }),
    expectedVersion: t.int(expected),
  }),
})
const RevokeInput = builder.inputType('RevokeKycApprovalInput', {
  fields: (t) => ({
    applicationId: t.id(applicationIdAnd),
    reason: t.string({ required: true, ...reasonFor('Why, for the applicant.') }),
    expectedVersion: t.int(expected),
  }),
})
const RevealInput = builder.inputType('RevealKycDetailsInput', {
  fields: (t) => ({
    applicationId: t.id(applicationIdAnd),
    reason: t.string({ required: true, ...reasonFor('Why the viewer must see it, for the file.') }),
  }),
})

const applicationPayload = (name: string) =>
  builder.objectRef<{ application: object }>(name).implement({
    fields: (t) => ({
      application: t.field({
        type: KycApplication,
        description: 'As it is after the change.',
        resolve: (payload) => payload.application as never,
      }),
    }),
  })

const PersonalDetails = builder
  .objectRef<Awaited<ReturnType<typeof revealKycDetails>>>('KycPersonalDetails')
  .implement({
    description: 'What queries withhold, shown to a reviewer who says why. Each call is an entry of the audit trail.',
    fields: (t) => ({
      dateOfBirth: t.expose('dateOfBirth', { type: 'Date', nullable: true, description: 'In full.' }),
      residenceAddress: t.expose('residenceAddress', {
        type: PostalAddressType,
        nullable: true,
        description: 'In full.',
      }),
      idDocumentNumber: t.exposeString('idDocumentNumber', { nullable: true, description: 'Unmasked.' }),
    }),
  })
const RevealPayload = builder
  .objectRef<{ details: Awaited<ReturnType<typeof revealKycDetails>> }>('RevealKycDetailsPayload')
  .implement({ fields: (t) => ({ details: t.expose('details', { type: PersonalDetails }) }) })

const withVersion = <Input extends { expectedVersion?: number | null | undefined }>(input: Input) => ({
  ...input,
  expectedVersion: input.expectedVersion ?? null,
})

builder.mutationFields((t) => ({
  createKycApplication: t.field({
    type: applicationPayload('CreateKycApplicationPayload'),
    ...needs('kyc:apply'),
    description: 'Begins an application. CONFLICT while another is undecided, or after a final rejection.',
    args: { input: t.arg({ type: CreateInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({
      application: await createKycApplication(ctx, { details: detailsOf(input.details ?? {}) }),
    }),
  }),
  updateKycApplication: t.field({
    type: applicationPayload('UpdateKycApplicationPayload'),
    ...needs('kyc:apply'),
    description: 'Changes the details of one’s own application in DRAFT or ADDITIONAL_INFO_REQUIRED.',
    args: { input: t.arg({ type: UpdateInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({
      application: await updateKycApplication(ctx, withVersion({ ...input, details: detailsOf(input.details) })),
    }),
  }),
  submitKycApplication: t.field({
    type: applicationPayload('SubmitKycApplicationPayload'),
    ...needs('kyc:apply'),
    description: 'Hands a complete application to the reviewers. BAD_USER_INPUT lists all that is missing.',
    args: { input: t.arg({ type: SubmitInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ application: await submitKycApplication(ctx, withVersion(input)) }),
  }),
  startKycReview: t.field({
    type: applicationPayload('StartKycReviewPayload'),
    ...needs('kyc:review'),
    description: 'Takes a submitted application into review.',
    args: { input: t.arg({ type: StartReviewInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ application: await startKycReview(ctx, withVersion(input)) }),
  }),
  requestKycInformation: t.field({
    type: applicationPayload('RequestKycInformationPayload'),
    ...needs('kyc:review'),
    description: 'Gives the application back into the applicant’s hands, with what is asked of them.',
    args: { input: t.arg({ type: RequestInformationInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ application: await requestKycInformation(ctx, withVersion(input)) }),
  }),
  approveKycApplication: t.field({
    type: applicationPayload('ApproveKycApplicationPayload'),
    ...needs('kyc:review'),
    description: 'Approves for a year. An earlier approval of the same user expires with it.',
    args: { input: t.arg({ type: ApproveInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({
      application: await approveKycApplication(ctx, { ...withVersion(input), reason: input.reason ?? null }),
    }),
  }),
  rejectKycApplication: t.field({
    type: applicationPayload('RejectKycApplicationPayload'),
    ...needs('kyc:review'),
    description: 'Rejects; after a FINAL rejection the applicant can make no other application.',
    args: { input: t.arg({ type: RejectInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ application: await rejectKycApplication(ctx, withVersion(input)) }),
  }),
  revokeKycApproval: t.field({
    type: applicationPayload('RevokeKycApprovalPayload'),
    ...needs('kyc:review'),
    description: 'Takes an approval back.',
    args: { input: t.arg({ type: RevokeInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ application: await revokeKycApproval(ctx, withVersion(input)) }),
  }),
  revealKycDetails: t.field({
    type: RevealPayload,
    ...needs('kyc:reveal'),
    description:
      'Compliance; an admin after a step-up (POST /api/auth/step-up). Each call is on record with its reason.',
    args: { input: t.arg({ type: RevealInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ details: await revealKycDetails(ctx, input) }),
  }),
}))

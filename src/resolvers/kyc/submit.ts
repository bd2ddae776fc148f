import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import type { PersonalData } from '../../db/personal-data.ts'
import { type KycDocumentType, kycDocuments } from '../../db/schema/document.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import type { FieldFault } from '../../errors.ts'
import { authorize } from '../../permissions.ts'
import { assertValid } from '../input.ts'
import { assertTransition, changeStatus, type KycApplication, lockKycApplication } from './application.ts'
import { dateOfBirthOf, detailFaults, idDocumentNumberOf, residenceAddressOf } from './details.ts'

type Input = { applicationId: string; expectedVersion: number | null }

/** A complete application goes to the reviewers; an incomplete one comes back with all that is missing. */
export function submitKycApplication(ctx: Context, input: Input) {
  authorize(ctx.viewer, 'kyc:apply')
  return transaction(ctx, async (tx) => {
    const application = await lockKycApplication(tx, ctx.viewer, input.applicationId)
    authorize(ctx.viewer, 'kyc:apply', application)
    assertTransition(application, 'submitted', input.expectedVersion)
    const documents = await documentTypes(tx, application.id)
    assertValid([
      ...completenessFaults(ctx.services.personalData, application),
      ...documentFaults(application, documents),
    ])
    return changeStatus(tx, application, 'submitted', { actorId: application.userId, set: { submittedAt: new Date() } })
  })
}

const requiredDetails = [
  'firstName',
  'lastName',
  'dateOfBirth',
  'nationality',
  'residenceCountry',
  'residenceAddress',
  'idDocumentType',
  'idDocumentNumber',
  'idDocumentExpiry',
] as const

/** Also what was right when it was written and is not any more: a document may have expired since. */
function completenessFaults(personalData: PersonalData, application: KycApplication): FieldFault[] {
  const missing = requiredDetails
    .filter((name) => application[name] === null)
    .map((name) => ({ path: `details.${name}`, message: 'Is missing.' }))
  const { firstName, lastName, nationality, residenceCountry, idDocumentType, idDocumentExpiry } = application
  const faults = detailFaults({
    firstName,
    lastName,
    nationality,
    residenceCountry,
    idDocumentType,
    idDocumentExpiry,
    dateOfBirth: dateOfBirthOf(personalData, application),
    residenceAddress: residenceAddressOf(personalData, application),
    idDocumentNumber: idDocumentNumberOf(personalData, application),
  })
  return [...missing, ...faults]
}

/** Only a passport shows everything on one side. */
function documentFaults(application: KycApplication, present: Set<KycDocumentType>): FieldFault[] {
  const required: KycDocumentType[] = ['id_front', 'selfie', 'proof_of_address']
  if (application.idDocumentType !== 'passport') required.push('id_back')
  return required
    .filter((type) => !present.has(type))
    .map((type) => ({ path: `documents.${type.toUpperCase()}`, message: 'This document is missing.' }))
}

async function documentTypes(tx: Tx, applicationId: string): Promise<Set<KycDocumentType>> {
  const rows = await tx.db
    .select({ documentType: kycDocuments.documentType })
    .from(kycDocuments)
    .where(eq(kycDocuments.applicationId, applicationId))
  return new Set(rows.map((row) => row.documentType))
}

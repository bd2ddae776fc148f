import type { PersonalData } from '../../db/personal-data.ts'
import type { FieldFault } from '../../errors.ts'
import { lineFault } from '../input.ts'
import type { KycApplication } from './application.ts'

export type PostalAddress = { street: string; city: string; state: string | null; postalCode: string; country: string }
type KycDetails = {
  firstName: string
  lastName: string
  dateOfBirth: string
  nationality: string
  residenceCountry: string
  residenceAddress: PostalAddress
  idDocumentType: NonNullable<KycApplication['idDocumentType']>
  idDocumentNumber: string
  idDocumentExpiry: string
}
/** As a client sends them: an absent field stays as it is, null clears it. */
export type KycDetailsInput = { [K in keyof KycDetails]?: KycDetails[K] | null | undefined }

const minimumAgeYears = 18
const maximumAgeYears = 130
const table = 'kyc_applications'

const today = () => new Date().toISOString().slice(0, 10)
const yearsAgo = (years: number) => {
  const now = new Date()
  const date = new Date(Date.UTC(now.getUTCFullYear() - years, now.getUTCMonth(), now.getUTCDate()))
  // February 29th rolls over into March where there is none: nobody is of age before their birthday.
  if (date.getUTCDate() !== now.getUTCDate()) date.setUTCDate(0)
  return date.toISOString().slice(0, 10)
}

/** What is wrong with the fields that are there. Days are compared as texts, in UTC. */
export function detailFaults(details: KycDetailsInput): FieldFault[] {
  const faults: (FieldFault | null | undefined | false)[] = []
  const fault = (name: string, message: string): FieldFault => ({ path: `details.${name}`, message })
  const { firstName, lastName, dateOfBirth, residenceAddress: address, idDocumentNumber, idDocumentExpiry } = details
  if (firstName != null) faults.push(lineFault('details.firstName', firstName, 100))
  if (lastName != null) faults.push(lineFault('details.lastName', lastName, 100))
  if (dateOfBirth != null) {
    if (dateOfBirth > yearsAgo(minimumAgeYears))
      faults.push(fault('dateOfBirth', `Must be ${minimumAgeYears} years ago or more.`))
    else if (dateOfBirth < yearsAgo(maximumAgeYears)) faults.push(fault('dateOfBirth', 'Lies too far in the past.'))
  }
  if (address != null) {
    faults.push(
      lineFault('details.residenceAddress.street', address.street, 200),
      lineFault('details.residenceAddress.city', address.city, 100),
      address.state != null && lineFault('details.residenceAddress.state', address.state, 100),
      lineFault('details.residenceAddress.postalCode', address.postalCode, 20),
    )
  }
  if (idDocumentNumber != null && !/^[\p{L}\p{N}][\p{L}\p{N} ./-]{3,39}$/u.test(idDocumentNumber)) {
    faults.push(fault('idDocumentNumber', 'Must have 4 to 40 letters, digits, spaces, dots, slashes or hyphens.'))
  }
  if (idDocumentExpiry != null && idDocumentExpiry <= today())
    faults.push(fault('idDocumentExpiry', 'The document has expired.'))
  return faults.filter((found): found is FieldFault => Boolean(found))
}

/** The columns for the details that are there: personal data is encrypted for its row. */
export function detailColumns(
  personalData: PersonalData,
  row: string,
  details: KycDetailsInput,
): Partial<KycApplication> {
  const encrypt = (column: string, value: string | null) => value && personalData.encrypt({ table, column, row }, value)
  const { dateOfBirth, residenceAddress, idDocumentNumber, ...plain } = withoutAbsent(details)
  const columns: Record<string, unknown> = { ...plain }
  if (dateOfBirth !== undefined) columns.dateOfBirth = encrypt('date_of_birth', dateOfBirth)
  if (residenceAddress !== undefined) {
    columns.residenceAddress = encrypt('residence_address', residenceAddress && JSON.stringify(residenceAddress))
  }
  if (idDocumentNumber !== undefined) {
    columns.idDocumentNumber = encrypt('id_document_number', idDocumentNumber)
    columns.idDocumentNumberDigest = idDocumentNumber && personalData.digest(idDocumentNumber)
  }
  return columns as Partial<KycApplication>
}

type EncryptedColumns = Pick<KycApplication, 'id' | 'dateOfBirth' | 'residenceAddress' | 'idDocumentNumber'>

export const dateOfBirthOf = (
  personalData: PersonalData,
  { id, dateOfBirth }: Pick<EncryptedColumns, 'id' | 'dateOfBirth'>,
) => dateOfBirth && personalData.decrypt({ table, column: 'date_of_birth', row: id }, dateOfBirth)

export const residenceAddressOf = (
  personalData: PersonalData,
  { id, residenceAddress }: Pick<EncryptedColumns, 'id' | 'residenceAddress'>,
): PostalAddress | null =>
  residenceAddress &&
  JSON.parse(personalData.decrypt({ table, column: 'residence_address', row: id }, residenceAddress))

export const idDocumentNumberOf = (
  personalData: PersonalData,
  { id, idDocumentNumber }: Pick<EncryptedColumns, 'id' | 'idDocumentNumber'>,
) => idDocumentNumber && personalData.decrypt({ table, column: 'id_document_number', row: id }, idDocumentNumber)

/** All but the last four characters, as reviewers see it in lists. */
export const masked = (documentNumber: string) => {
  const characters = [...documentNumber]
  return characters.map((character, index) => (index < characters.length - 4 ? '•' : character)).join('')
}

const withoutAbsent = (details: KycDetailsInput) =>
  Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)) as KycDetailsInput

/** The part of the contract that the workloads take, for those who are given a schema in text. */
export const typeDefs = `
  scalar DateTime
  scalar Decimal
  scalar Currency
  enum UserRole { INVESTOR COMPLIANCE ADMIN }
  enum KycStatus { DRAFT SUBMITTED UNDER_REVIEW ADDITIONAL_INFO_REQUIRED APPROVED REJECTED EXPIRED REVOKED }
  enum KycDocumentType { ID_FRONT ID_BACK SELFIE PROOF_OF_ADDRESS }
  enum KycApplicationOrder { SUBMITTED_AT_DESC }
  type User {
    id: ID!
    email: String
    emailVerified: Boolean!
    name: String
    role: UserRole!
    twoFactorEnabled: Boolean!
    banned: Boolean!
    createdAt: DateTime!
    updatedAt: DateTime!
  }
  type KycDocument {
    id: ID!
    documentType: KycDocumentType!
    fileName: String!
    contentType: String!
    size: Int!
    uploadedAt: DateTime!
  }
  type KycStatusChange {
    id: ID!
    fromStatus: KycStatus
    toStatus: KycStatus!
    reason: String
    createdAt: DateTime!
  }
  type KycApplication {
    id: ID!
    version: Int!
    status: KycStatus!
    firstName: String
    lastName: String
    nationality: String
    submittedAt: DateTime
    createdAt: DateTime!
    user: User!
    documents: [KycDocument!]!
    statusHistory: [KycStatusChange!]!
  }
  type KycApplicationConnection { nodes: [KycApplication!]! }
  input KycApplicationFilter { statuses: [KycStatus!] submittedBefore: DateTime }
  type ExchangeRate {
    base: Currency!
    quote: Currency!
    rate: Decimal!
    source: String!
    asOf: DateTime!
    fetchedAt: DateTime!
    expiresAt: DateTime!
  }
  type Query {
    user(id: ID!): User
    kycApplications(first: Int, filter: KycApplicationFilter!, orderBy: KycApplicationOrder): KycApplicationConnection!
    exchangeRates(base: Currency!): [ExchangeRate!]!
  }
`

export type ListArguments = { first: number; filter: { statuses: string[]; submittedBefore: string } }

/** As many lists as keys, each with the rows of its key. */
export function grouped<Row>(keys: readonly string[], rows: Row[], keyOf: (row: Row) => string): Row[][] {
  const byKey = new Map<string, Row[]>(keys.map((key) => [key, []]))
  for (const row of rows) byKey.get(keyOf(row))?.push(row)
  return keys.map((key) => byKey.get(key)!)
}

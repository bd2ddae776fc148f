/** PostGraphile names fields after tables and columns: by aliases its answers have the shape of the others'. */
const list = `query List($submittedBefore: Datetime!) {
  kycApplications: allKycApplications(
    first: 20
    condition: { status: submitted, submittedBefore: $submittedBefore }
    orderBy: [SUBMITTED_AT_DESC, PRIMARY_KEY_DESC]
  ) {
    nodes {
      id: rowId version status firstName lastName nationality submittedAt createdAt
      user: userByUserId { id: rowId name email emailVerified }
      documents: kycDocumentsByApplicationIdList(orderBy: [UPLOADED_AT_ASC, PRIMARY_KEY_ASC]) {
        id: rowId documentType fileName contentType size uploadedAt
      }
      statusHistory: kycStatusChangesByApplicationIdList(orderBy: [VERSION_ASC]) {
        id: rowId fromStatus toStatus reason createdAt
      }
    }
  }
}`
const user = `query User($id: String!) {
  user: userByRowId(rowId: $id) {
    id: rowId email emailVerified name role twoFactorEnabled banned createdAt updatedAt
  }
}`

export const postgraphileQueries: Record<string, string> = { W1: list, W2: user }

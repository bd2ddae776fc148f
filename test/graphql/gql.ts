/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  mutation Raise($severity: AlertSeverity!, $message: String!) {\n    raiseSystemAlert(input: { severity: $severity, message: $message }) { alert { id severity message createdAt } }\n  }\n": typeof types.RaiseDocument,
    "query Alerts($first: Int) { eventCursor systemAlerts(first: $first) { id severity message createdAt } }": typeof types.AlertsDocument,
    "query AlertNode($id: ID!) { node(id: $id) { id ... on SystemAlert { severity message } } }": typeof types.AlertNodeDocument,
    "\n  subscription FollowAlerts($after: String) { systemAlerts(after: $after) { cursor alert { id severity message } } }\n": typeof types.FollowAlertsDocument,
    "\n    query KeyReadsStatuses($filter: KycApplicationFilter) {\n      kycApplications(filter: $filter) { totalCount nodes { id status } }\n    }\n  ": typeof types.KeyReadsStatusesDocument,
    "\n    query KeyReadsNode($id: ID!) { node(id: $id) { id } }\n  ": typeof types.KeyReadsNodeDocument,
    "\n    subscription KeyFollowsStatuses {\n      kycStatusChanges {\n        change { toStatus reason changedBy { id } }\n        application { id firstName reviewedBy { id } user { email name } }\n      }\n    }\n  ": typeof types.KeyFollowsStatusesDocument,
    "mutation SetAvatar($id: ID) { updateProfile(input: { imageUploadId: $id }) { user { image } } }": typeof types.SetAvatarDocument,
    "query AvatarOf { viewer { image } }": typeof types.AvatarOfDocument,
    "mutation DemoteForCache($id: ID!) { setUserRole(input: { userId: $id, role: INVESTOR }) { user { role } } }": typeof types.DemoteForCacheDocument,
    "mutation UpdateForCache($id: ID!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: \"Other\" } }) { application { version } }\n  }": typeof types.UpdateForCacheDocument,
    "query SomeCursors($orderBy: KycApplicationOrder) { kycApplications(first: 100, orderBy: $orderBy) { edges { cursor } } }": typeof types.SomeCursorsDocument,
    "\n  query ReadDocument($id: ID!) {\n    node(id: $id) {\n      id\n      ... on KycDocument {\n        application { id } documentType fileName contentType size sha256 uploadedAt\n      }\n    }\n  }\n": typeof types.ReadDocumentDocument,
    "\n  mutation RequestDownload($id: ID!) {\n    requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } }\n  }\n": typeof types.RequestDownloadDocument,
    "\n  mutation DeleteDocument($id: ID!) {\n    deleteKycDocument(input: { documentId: $id }) {\n      deletedDocumentId application { id version documents { id } }\n    }\n  }\n": typeof types.DeleteDocumentDocument,
    "\n  query DocumentsOf($id: ID!) { kycApplication(id: $id) { version documents { id fileName contentType size sha256 } } }\n": typeof types.DocumentsOfDocument,
    "\n  mutation CreateApplication($details: KycDetailsInput) {\n    createKycApplication(input: { details: $details }) { application { id version status } }\n  }\n": typeof types.CreateApplicationDocument,
    "\n  mutation RequestDocumentUpload($input: RequestKycDocumentUploadInput!) {\n    requestKycDocumentUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n": typeof types.RequestDocumentUploadDocument,
    "\n  mutation CompleteDocumentUpload($uploadId: ID!) {\n    completeKycDocumentUpload(input: { uploadId: $uploadId }) { document { id documentType contentType size sha256 } }\n  }\n": typeof types.CompleteDocumentUploadDocument,
    "\n  mutation SubmitApplication($id: ID!) {\n    submitKycApplication(input: { applicationId: $id }) { application { id version status submittedAt } }\n  }\n": typeof types.SubmitApplicationDocument,
    "\n  mutation ApproveApplication($id: ID!, $expectedVersion: Int) {\n    approveKycApplication(input: { applicationId: $id, expectedVersion: $expectedVersion }) {\n      application { id version status expiresAt reviewedAt }\n    }\n  }\n": typeof types.ApproveApplicationDocument,
    "\n  query RateOf($base: Currency!, $quote: Currency!) {\n    exchangeRate(base: $base, quote: $quote) { base quote rate source asOf fetchedAt expiresAt stale }\n  }\n": typeof types.RateOfDocument,
    "\n  query RatesOf($base: Currency!, $quotes: [Currency!]) { exchangeRates(base: $base, quotes: $quotes) { base quote rate source } }\n": typeof types.RatesOfDocument,
    "\n  query HistoryOf($base: Currency!, $quote: Currency!, $since: DateTime, $until: DateTime, $first: Int) {\n    exchangeRateHistory(base: $base, quote: $quote, since: $since, until: $until, first: $first) {\n      base quote rate source asOf fetchedAt stale\n    }\n  }\n": typeof types.HistoryOfDocument,
    "\n  mutation SetRate($input: SetExchangeRateInput!) {\n    setExchangeRate(input: $input) { rate { base quote rate source asOf expiresAt stale } }\n  }\n": typeof types.SetRateDocument,
    "\n  mutation PublishToken($input: PublishTokenMetadataInput!) {\n    publishTokenMetadata(input: $input) {\n      metadata { id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt }\n    }\n  }\n": typeof types.PublishTokenDocument,
    "\n  mutation SealToken($input: SealTokenMetadataInput!) {\n    sealTokenMetadata(input: $input) { metadata { id version sealed metadataUrl logoUrl } }\n  }\n": typeof types.SealTokenDocument,
    "\n  query ReadToken($chainId: ChainId!, $address: EvmAddress!) {\n    tokenMetadata(chainId: $chainId, address: $address) {\n      id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt\n    }\n  }\n": typeof types.ReadTokenDocument,
    "query TokenNode($id: ID!) { node(id: $id) { id ... on TokenMetadata { name address } } }": typeof types.TokenNodeDocument,
    "\n  mutation RecordTransfers($transfers: [TokenTransferInput!]!) {\n    recordTokenTransfers(input: { transfers: $transfers }) { recorded duplicates eventCursor }\n  }\n": typeof types.RecordTransfersDocument,
    "\n  mutation RetractTransfers($chainId: ChainId!, $blockHashes: [Hash!]!) {\n    retractTokenTransfers(input: { chainId: $chainId, blockHashes: $blockHashes }) { retracted eventCursor }\n  }\n": typeof types.RetractTransfersDocument,
    "\n  query Transfers($first: Int, $after: String, $last: Int, $before: String, $filter: TokenTransferFilter) {\n    tokenTransfers(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n": typeof types.TransfersDocument,
    "\n  subscription FollowTransfers($filter: TokenTransferFilter, $after: String) {\n    tokenTransfers(filter: $filter, after: $after) {\n      cursor kind\n      transfer { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n": typeof types.FollowTransfersDocument,
    "\n  mutation RequestUpload($input: RequestUploadInput!) {\n    requestUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n": typeof types.RequestUploadDocument,
    "\n  query ReadApplication($id: ID!) {\n    kycApplication(id: $id) {\n      id version status firstName lastName dateOfBirth nationality residenceCountry\n      residenceAddress { street city state postalCode country }\n      idDocumentType idDocumentNumber idDocumentExpiry submittedAt reviewedAt rejectionReason rejectionKind expiresAt createdAt updatedAt\n      user { id email kycStatus }\n      reviewedBy { id }\n      documents { id documentType fileName contentType size sha256 uploadedAt application { id } }\n      statusHistory { id fromStatus toStatus reason createdAt changedBy { id } application { id } }\n    }\n  }\n": typeof types.ReadApplicationDocument,
    "\n  mutation UpdateApplication($id: ID!, $details: KycDetailsInput!, $expectedVersion: Int) {\n    updateKycApplication(input: { applicationId: $id, details: $details, expectedVersion: $expectedVersion }) {\n      application { id version firstName idDocumentNumber residenceAddress { city } }\n    }\n  }\n": typeof types.UpdateApplicationDocument,
    "\n  mutation StartReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status version } } }\n": typeof types.StartReviewDocument,
    "\n  mutation RequestInformation($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { status version } }\n  }\n": typeof types.RequestInformationDocument,
    "\n  mutation RejectApplication($id: ID!, $kind: KycRejectionKind!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, kind: $kind, reason: $reason }) {\n      application { status rejectionReason rejectionKind }\n    }\n  }\n": typeof types.RejectApplicationDocument,
    "\n  mutation RevokeApproval($id: ID!) {\n    revokeKycApproval(input: { applicationId: $id, reason: \"Sanctions list\" }) { application { status } }\n  }\n": typeof types.RevokeApprovalDocument,
    "\n  mutation RevealDetails($id: ID!, $reason: String!) {\n    revealKycDetails(input: { applicationId: $id, reason: $reason }) {\n      details { dateOfBirth idDocumentNumber residenceAddress { street city } }\n    }\n  }\n": typeof types.RevealDetailsDocument,
    "\n  query ListApplications($first: Int, $after: String, $last: Int, $before: String, $filter: KycApplicationFilter, $orderBy: KycApplicationOrder) {\n    kycApplications(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id }\n      edges { cursor node { id status submittedAt } }\n    }\n  }\n": typeof types.ListApplicationsDocument,
    "\n      query NestedList($first: Int, $last: Int, $after: String) {\n        viewer { kycApplications(first: $first, last: $last, after: $after) { totalCount nodes { id } } }\n      }\n    ": typeof types.NestedListDocument,
    "query CrowdBegins { eventCursor }": typeof types.CrowdBeginsDocument,
    "query LiveCursor { eventCursor }": typeof types.LiveCursorDocument,
    "query LiveViewer { viewer { id } }": typeof types.LiveViewerDocument,
    "\n  subscription LiveDetails($after: String) {\n    kycStatusChanges(after: $after, statuses: [SUBMITTED]) { application { id dateOfBirth idDocumentNumber user { email settings { locale } } } }\n  }\n": typeof types.LiveDetailsDocument,
    "\n  subscription LiveDeciders($after: String) {\n    kycStatusChanges(after: $after, statuses: [APPROVED]) { change { changedBy { email settings { locale } } } }\n  }\n": typeof types.LiveDecidersDocument,
    "mutation LiveDemote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { id } } }": typeof types.LiveDemoteDocument,
    "\n  query ReadOwnForMetrics($first: Int = 1) { kycApplications(first: $first) { nodes { version } } }\n": typeof types.ReadOwnForMetricsDocument,
    "query WhoOwns { viewer { id } }": typeof types.WhoOwnsDocument,
    "\n  mutation PartnerAskMore($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { id } }\n  }\n": typeof types.PartnerAskMoreDocument,
    "\n  mutation PartnerReject($id: ID!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, reason: $reason, kind: FINAL }) { application { id } }\n  }\n": typeof types.PartnerRejectDocument,
    "query PartnerCursor { eventCursor }": typeof types.PartnerCursorDocument,
    "\n  query Queue($filter: KycApplicationFilter, $orderBy: KycApplicationOrder, $after: String) {\n    kycApplications(first: 20, after: $after, filter: $filter, orderBy: $orderBy) {\n      pageInfo { endCursor }\n      nodes {\n        id status submittedAt\n        user { id name email }\n        documents { id documentType fileName }\n        statusHistory { id toStatus changedBy { id name } }\n      }\n    }\n  }\n": typeof types.QueueDocument,
    "query One($id: ID!) { user(id: $id) { id email name kycStatus kycApplications(first: 5) { nodes { id status } } } }": typeof types.OneDocument,
    "query Audit($filter: AuditFilter, $after: String) { auditLog(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id action actor { id email } } } }": typeof types.AuditDocument,
    "query Statuses { kycApplications(first: 20) { nodes { id user { id kycStatus kycApplications(first: 3) { totalCount nodes { id documents { id } } } } } } }": typeof types.StatusesDocument,
    "query Users($filter: UserFilter, $after: String) { users(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id name email kycStatus kycApplications(first: 3) { nodes { id status } } } } }": typeof types.UsersDocument,
    "mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name image } } }": typeof types.UpdateProfileDocument,
    "query ReadProfile { viewer { name image updatedAt } }": typeof types.ReadProfileDocument,
    "\n  query RateTrail { auditLog(filter: { stream: \"rates\" }) { nodes { action actor { id } subjectId details } } }\n": typeof types.RateTrailDocument,
    "\n  subscription RateChanges($base: Currency, $quotes: [Currency!], $after: String) {\n    exchangeRateChanges(base: $base, quotes: $quotes, after: $after) { cursor rate { base quote rate source stale } }\n  }\n": typeof types.RateChangesDocument,
    "\n  query RateCursor($base: Currency!) { eventCursor exchangeRates(base: $base) { quote rate } }\n": typeof types.RateCursorDocument,
    "query ReadOwn { kycApplications(first: 1) { nodes { version firstName } } }": typeof types.ReadOwnDocument,
    "\n  mutation Rename($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n": typeof types.RenameDocument,
    "\n  subscription AlertsOverFailover($after: String) { systemAlerts(after: $after) { cursor alert { message } } }\n": typeof types.AlertsOverFailoverDocument,
    "query WhoAfterRestore { viewer { id } }": typeof types.WhoAfterRestoreDocument,
    "\n  query ReadFromReplica($first: Int!) { viewer { id } kycApplications(first: $first) { nodes { version firstName } } }\n": typeof types.ReadFromReplicaDocument,
    "\n  query ReadWithCursor($first: Int!) { eventCursor kycApplications(first: $first) { nodes { version } } }\n": typeof types.ReadWithCursorDocument,
    "\n  mutation RenameOnPrimary($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n": typeof types.RenameOnPrimaryDocument,
    "\n  query ReadSettings {\n    viewer {\n      createdAt\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n": typeof types.ReadSettingsDocument,
    "\n  query ReadSettingsOf($id: ID!) { user(id: $id) { id settings { locale } notificationSettings { webhookUrl } } }\n": typeof types.ReadSettingsOfDocument,
    "\n  mutation UpdateSettings($input: UpdateUserSettingsInput!) {\n    updateUserSettings(input: $input) {\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n    }\n  }\n": typeof types.UpdateSettingsDocument,
    "\n  mutation UpdateNotifications($input: UpdateNotificationSettingsInput!) {\n    updateNotificationSettings(input: $input) {\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n": typeof types.UpdateNotificationsDocument,
    "\n  mutation RenameSlowly($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n": typeof types.RenameSlowlyDocument,
    "query ReadSlowly { kycApplications(first: 1) { nodes { firstName } } }": typeof types.ReadSlowlyDocument,
    "\n  subscription LiveStatus($applicationId: ID, $statuses: [KycStatus!], $after: String) {\n    kycStatusChanges(applicationId: $applicationId, statuses: $statuses, after: $after) {\n      cursor\n      change { id fromStatus toStatus reason changedBy { id } }\n      application { id status version documents { id } user { id email } }\n    }\n  }\n": typeof types.LiveStatusDocument,
    "query StateAndCursor { eventCursor kycApplications(first: 100) { nodes { id status version } } }": typeof types.StateAndCursorDocument,
    "mutation TakeIntoReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status } } }": typeof types.TakeIntoReviewDocument,
    "mutation AskForMore($id: ID!) { requestKycInformation(input: { applicationId: $id, reason: \"A sharper selfie\" }) { application { status } } }": typeof types.AskForMoreDocument,
    "mutation DownloadOf($id: ID!) { requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } } }": typeof types.DownloadOfDocument,
    "query AuditOf($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {\n  auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {\n    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id stream sequence action subjectId details createdAt hash previousHash actor { id role } }\n  }\n}": typeof types.AuditOfDocument,
    "query NodeOf($id: ID!) { node(id: $id) { __typename id ... on AuditEntry { action hash } ... on KycDocument { fileName application { id } } ... on KycStatusChange { toStatus } } }": typeof types.NodeOfDocument,
    "mutation Demote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { role } } }": typeof types.DemoteDocument,
    "query DigestsOf($id: ID!) { kycApplication(id: $id) { documents { id sha256 } } }": typeof types.DigestsOfDocument,
    "\n  query ReadTwice($id: ID!) {\n    before: kycApplication(id: $id) { version firstName }\n    eventCursor\n    after: kycApplication(id: $id) { version firstName }\n  }\n": typeof types.ReadTwiceDocument,
    "\n  query ListUsers($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n    users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id name email role banned kycStatus createdAt }\n    }\n  }\n": typeof types.ListUsersDocument,
    "\n  query ListNested($first: Int!) {\n    users(first: $first) { edges { cursor node { id name kycStatus kycApplications(first: 3) { nodes { id status } } } } }\n  }\n": typeof types.ListNestedDocument,
    "mutation ApplyAsReviewer { createKycApplication(input: {}) { application { id } } }": typeof types.ApplyAsReviewerDocument,
    "mutation BanListed($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"x\", until: $until }) { user { banned } } }": typeof types.BanListedDocument,
    "query WhoAmI { viewer { id email name role banned walletAddress kycStatus } }": typeof types.WhoAmIDocument,
    "mutation SetRole($userId: ID!, $role: UserRole!) { setUserRole(input: { userId: $userId, role: $role }) { user { id role } } }": typeof types.SetRoleDocument,
    "mutation Ban($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"Fraud\", until: $until }) { user { banned } } }": typeof types.BanDocument,
    "mutation Unban($userId: ID!) { unbanUser(input: { userId: $userId }) { user { banned } } }": typeof types.UnbanDocument,
    "mutation RevokeSessions($userId: ID!) { revokeUserSessions(input: { userId: $userId }) { revoked } }": typeof types.RevokeSessionsDocument,
    "query BannedOf($id: ID!) { user(id: $id) { banned } }": typeof types.BannedOfDocument,
    "query UserOf($id: ID!) { user(id: $id) { id email role } }": typeof types.UserOfDocument,
    "\n  query SocketCursor { eventCursor }\n": typeof types.SocketCursorDocument,
    "\n  subscription SocketStatusChanges($after: String) {\n    kycStatusChanges(after: $after) { change { toStatus } application { id } }\n  }\n": typeof types.SocketStatusChangesDocument,
};
const documents: Documents = {
    "\n  mutation Raise($severity: AlertSeverity!, $message: String!) {\n    raiseSystemAlert(input: { severity: $severity, message: $message }) { alert { id severity message createdAt } }\n  }\n": types.RaiseDocument,
    "query Alerts($first: Int) { eventCursor systemAlerts(first: $first) { id severity message createdAt } }": types.AlertsDocument,
    "query AlertNode($id: ID!) { node(id: $id) { id ... on SystemAlert { severity message } } }": types.AlertNodeDocument,
    "\n  subscription FollowAlerts($after: String) { systemAlerts(after: $after) { cursor alert { id severity message } } }\n": types.FollowAlertsDocument,
    "\n    query KeyReadsStatuses($filter: KycApplicationFilter) {\n      kycApplications(filter: $filter) { totalCount nodes { id status } }\n    }\n  ": types.KeyReadsStatusesDocument,
    "\n    query KeyReadsNode($id: ID!) { node(id: $id) { id } }\n  ": types.KeyReadsNodeDocument,
    "\n    subscription KeyFollowsStatuses {\n      kycStatusChanges {\n        change { toStatus reason changedBy { id } }\n        application { id firstName reviewedBy { id } user { email name } }\n      }\n    }\n  ": types.KeyFollowsStatusesDocument,
    "mutation SetAvatar($id: ID) { updateProfile(input: { imageUploadId: $id }) { user { image } } }": types.SetAvatarDocument,
    "query AvatarOf { viewer { image } }": types.AvatarOfDocument,
    "mutation DemoteForCache($id: ID!) { setUserRole(input: { userId: $id, role: INVESTOR }) { user { role } } }": types.DemoteForCacheDocument,
    "mutation UpdateForCache($id: ID!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: \"Other\" } }) { application { version } }\n  }": types.UpdateForCacheDocument,
    "query SomeCursors($orderBy: KycApplicationOrder) { kycApplications(first: 100, orderBy: $orderBy) { edges { cursor } } }": types.SomeCursorsDocument,
    "\n  query ReadDocument($id: ID!) {\n    node(id: $id) {\n      id\n      ... on KycDocument {\n        application { id } documentType fileName contentType size sha256 uploadedAt\n      }\n    }\n  }\n": types.ReadDocumentDocument,
    "\n  mutation RequestDownload($id: ID!) {\n    requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } }\n  }\n": types.RequestDownloadDocument,
    "\n  mutation DeleteDocument($id: ID!) {\n    deleteKycDocument(input: { documentId: $id }) {\n      deletedDocumentId application { id version documents { id } }\n    }\n  }\n": types.DeleteDocumentDocument,
    "\n  query DocumentsOf($id: ID!) { kycApplication(id: $id) { version documents { id fileName contentType size sha256 } } }\n": types.DocumentsOfDocument,
    "\n  mutation CreateApplication($details: KycDetailsInput) {\n    createKycApplication(input: { details: $details }) { application { id version status } }\n  }\n": types.CreateApplicationDocument,
    "\n  mutation RequestDocumentUpload($input: RequestKycDocumentUploadInput!) {\n    requestKycDocumentUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n": types.RequestDocumentUploadDocument,
    "\n  mutation CompleteDocumentUpload($uploadId: ID!) {\n    completeKycDocumentUpload(input: { uploadId: $uploadId }) { document { id documentType contentType size sha256 } }\n  }\n": types.CompleteDocumentUploadDocument,
    "\n  mutation SubmitApplication($id: ID!) {\n    submitKycApplication(input: { applicationId: $id }) { application { id version status submittedAt } }\n  }\n": types.SubmitApplicationDocument,
    "\n  mutation ApproveApplication($id: ID!, $expectedVersion: Int) {\n    approveKycApplication(input: { applicationId: $id, expectedVersion: $expectedVersion }) {\n      application { id version status expiresAt reviewedAt }\n    }\n  }\n": types.ApproveApplicationDocument,
    "\n  query RateOf($base: Currency!, $quote: Currency!) {\n    exchangeRate(base: $base, quote: $quote) { base quote rate source asOf fetchedAt expiresAt stale }\n  }\n": types.RateOfDocument,
    "\n  query RatesOf($base: Currency!, $quotes: [Currency!]) { exchangeRates(base: $base, quotes: $quotes) { base quote rate source } }\n": types.RatesOfDocument,
    "\n  query HistoryOf($base: Currency!, $quote: Currency!, $since: DateTime, $until: DateTime, $first: Int) {\n    exchangeRateHistory(base: $base, quote: $quote, since: $since, until: $until, first: $first) {\n      base quote rate source asOf fetchedAt stale\n    }\n  }\n": types.HistoryOfDocument,
    "\n  mutation SetRate($input: SetExchangeRateInput!) {\n    setExchangeRate(input: $input) { rate { base quote rate source asOf expiresAt stale } }\n  }\n": types.SetRateDocument,
    "\n  mutation PublishToken($input: PublishTokenMetadataInput!) {\n    publishTokenMetadata(input: $input) {\n      metadata { id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt }\n    }\n  }\n": types.PublishTokenDocument,
    "\n  mutation SealToken($input: SealTokenMetadataInput!) {\n    sealTokenMetadata(input: $input) { metadata { id version sealed metadataUrl logoUrl } }\n  }\n": types.SealTokenDocument,
    "\n  query ReadToken($chainId: ChainId!, $address: EvmAddress!) {\n    tokenMetadata(chainId: $chainId, address: $address) {\n      id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt\n    }\n  }\n": types.ReadTokenDocument,
    "query TokenNode($id: ID!) { node(id: $id) { id ... on TokenMetadata { name address } } }": types.TokenNodeDocument,
    "\n  mutation RecordTransfers($transfers: [TokenTransferInput!]!) {\n    recordTokenTransfers(input: { transfers: $transfers }) { recorded duplicates eventCursor }\n  }\n": types.RecordTransfersDocument,
    "\n  mutation RetractTransfers($chainId: ChainId!, $blockHashes: [Hash!]!) {\n    retractTokenTransfers(input: { chainId: $chainId, blockHashes: $blockHashes }) { retracted eventCursor }\n  }\n": types.RetractTransfersDocument,
    "\n  query Transfers($first: Int, $after: String, $last: Int, $before: String, $filter: TokenTransferFilter) {\n    tokenTransfers(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n": types.TransfersDocument,
    "\n  subscription FollowTransfers($filter: TokenTransferFilter, $after: String) {\n    tokenTransfers(filter: $filter, after: $after) {\n      cursor kind\n      transfer { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n": types.FollowTransfersDocument,
    "\n  mutation RequestUpload($input: RequestUploadInput!) {\n    requestUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n": types.RequestUploadDocument,
    "\n  query ReadApplication($id: ID!) {\n    kycApplication(id: $id) {\n      id version status firstName lastName dateOfBirth nationality residenceCountry\n      residenceAddress { street city state postalCode country }\n      idDocumentType idDocumentNumber idDocumentExpiry submittedAt reviewedAt rejectionReason rejectionKind expiresAt createdAt updatedAt\n      user { id email kycStatus }\n      reviewedBy { id }\n      documents { id documentType fileName contentType size sha256 uploadedAt application { id } }\n      statusHistory { id fromStatus toStatus reason createdAt changedBy { id } application { id } }\n    }\n  }\n": types.ReadApplicationDocument,
    "\n  mutation UpdateApplication($id: ID!, $details: KycDetailsInput!, $expectedVersion: Int) {\n    updateKycApplication(input: { applicationId: $id, details: $details, expectedVersion: $expectedVersion }) {\n      application { id version firstName idDocumentNumber residenceAddress { city } }\n    }\n  }\n": types.UpdateApplicationDocument,
    "\n  mutation StartReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status version } } }\n": types.StartReviewDocument,
    "\n  mutation RequestInformation($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { status version } }\n  }\n": types.RequestInformationDocument,
    "\n  mutation RejectApplication($id: ID!, $kind: KycRejectionKind!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, kind: $kind, reason: $reason }) {\n      application { status rejectionReason rejectionKind }\n    }\n  }\n": types.RejectApplicationDocument,
    "\n  mutation RevokeApproval($id: ID!) {\n    revokeKycApproval(input: { applicationId: $id, reason: \"Sanctions list\" }) { application { status } }\n  }\n": types.RevokeApprovalDocument,
    "\n  mutation RevealDetails($id: ID!, $reason: String!) {\n    revealKycDetails(input: { applicationId: $id, reason: $reason }) {\n      details { dateOfBirth idDocumentNumber residenceAddress { street city } }\n    }\n  }\n": types.RevealDetailsDocument,
    "\n  query ListApplications($first: Int, $after: String, $last: Int, $before: String, $filter: KycApplicationFilter, $orderBy: KycApplicationOrder) {\n    kycApplications(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id }\n      edges { cursor node { id status submittedAt } }\n    }\n  }\n": types.ListApplicationsDocument,
    "\n      query NestedList($first: Int, $last: Int, $after: String) {\n        viewer { kycApplications(first: $first, last: $last, after: $after) { totalCount nodes { id } } }\n      }\n    ": types.NestedListDocument,
    "query CrowdBegins { eventCursor }": types.CrowdBeginsDocument,
    "query LiveCursor { eventCursor }": types.LiveCursorDocument,
    "query LiveViewer { viewer { id } }": types.LiveViewerDocument,
    "\n  subscription LiveDetails($after: String) {\n    kycStatusChanges(after: $after, statuses: [SUBMITTED]) { application { id dateOfBirth idDocumentNumber user { email settings { locale } } } }\n  }\n": types.LiveDetailsDocument,
    "\n  subscription LiveDeciders($after: String) {\n    kycStatusChanges(after: $after, statuses: [APPROVED]) { change { changedBy { email settings { locale } } } }\n  }\n": types.LiveDecidersDocument,
    "mutation LiveDemote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { id } } }": types.LiveDemoteDocument,
    "\n  query ReadOwnForMetrics($first: Int = 1) { kycApplications(first: $first) { nodes { version } } }\n": types.ReadOwnForMetricsDocument,
    "query WhoOwns { viewer { id } }": types.WhoOwnsDocument,
    "\n  mutation PartnerAskMore($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { id } }\n  }\n": types.PartnerAskMoreDocument,
    "\n  mutation PartnerReject($id: ID!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, reason: $reason, kind: FINAL }) { application { id } }\n  }\n": types.PartnerRejectDocument,
    "query PartnerCursor { eventCursor }": types.PartnerCursorDocument,
    "\n  query Queue($filter: KycApplicationFilter, $orderBy: KycApplicationOrder, $after: String) {\n    kycApplications(first: 20, after: $after, filter: $filter, orderBy: $orderBy) {\n      pageInfo { endCursor }\n      nodes {\n        id status submittedAt\n        user { id name email }\n        documents { id documentType fileName }\n        statusHistory { id toStatus changedBy { id name } }\n      }\n    }\n  }\n": types.QueueDocument,
    "query One($id: ID!) { user(id: $id) { id email name kycStatus kycApplications(first: 5) { nodes { id status } } } }": types.OneDocument,
    "query Audit($filter: AuditFilter, $after: String) { auditLog(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id action actor { id email } } } }": types.AuditDocument,
    "query Statuses { kycApplications(first: 20) { nodes { id user { id kycStatus kycApplications(first: 3) { totalCount nodes { id documents { id } } } } } } }": types.StatusesDocument,
    "query Users($filter: UserFilter, $after: String) { users(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id name email kycStatus kycApplications(first: 3) { nodes { id status } } } } }": types.UsersDocument,
    "mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name image } } }": types.UpdateProfileDocument,
    "query ReadProfile { viewer { name image updatedAt } }": types.ReadProfileDocument,
    "\n  query RateTrail { auditLog(filter: { stream: \"rates\" }) { nodes { action actor { id } subjectId details } } }\n": types.RateTrailDocument,
    "\n  subscription RateChanges($base: Currency, $quotes: [Currency!], $after: String) {\n    exchangeRateChanges(base: $base, quotes: $quotes, after: $after) { cursor rate { base quote rate source stale } }\n  }\n": types.RateChangesDocument,
    "\n  query RateCursor($base: Currency!) { eventCursor exchangeRates(base: $base) { quote rate } }\n": types.RateCursorDocument,
    "query ReadOwn { kycApplications(first: 1) { nodes { version firstName } } }": types.ReadOwnDocument,
    "\n  mutation Rename($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n": types.RenameDocument,
    "\n  subscription AlertsOverFailover($after: String) { systemAlerts(after: $after) { cursor alert { message } } }\n": types.AlertsOverFailoverDocument,
    "query WhoAfterRestore { viewer { id } }": types.WhoAfterRestoreDocument,
    "\n  query ReadFromReplica($first: Int!) { viewer { id } kycApplications(first: $first) { nodes { version firstName } } }\n": types.ReadFromReplicaDocument,
    "\n  query ReadWithCursor($first: Int!) { eventCursor kycApplications(first: $first) { nodes { version } } }\n": types.ReadWithCursorDocument,
    "\n  mutation RenameOnPrimary($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n": types.RenameOnPrimaryDocument,
    "\n  query ReadSettings {\n    viewer {\n      createdAt\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n": types.ReadSettingsDocument,
    "\n  query ReadSettingsOf($id: ID!) { user(id: $id) { id settings { locale } notificationSettings { webhookUrl } } }\n": types.ReadSettingsOfDocument,
    "\n  mutation UpdateSettings($input: UpdateUserSettingsInput!) {\n    updateUserSettings(input: $input) {\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n    }\n  }\n": types.UpdateSettingsDocument,
    "\n  mutation UpdateNotifications($input: UpdateNotificationSettingsInput!) {\n    updateNotificationSettings(input: $input) {\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n": types.UpdateNotificationsDocument,
    "\n  mutation RenameSlowly($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n": types.RenameSlowlyDocument,
    "query ReadSlowly { kycApplications(first: 1) { nodes { firstName } } }": types.ReadSlowlyDocument,
    "\n  subscription LiveStatus($applicationId: ID, $statuses: [KycStatus!], $after: String) {\n    kycStatusChanges(applicationId: $applicationId, statuses: $statuses, after: $after) {\n      cursor\n      change { id fromStatus toStatus reason changedBy { id } }\n      application { id status version documents { id } user { id email } }\n    }\n  }\n": types.LiveStatusDocument,
    "query StateAndCursor { eventCursor kycApplications(first: 100) { nodes { id status version } } }": types.StateAndCursorDocument,
    "mutation TakeIntoReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status } } }": types.TakeIntoReviewDocument,
    "mutation AskForMore($id: ID!) { requestKycInformation(input: { applicationId: $id, reason: \"A sharper selfie\" }) { application { status } } }": types.AskForMoreDocument,
    "mutation DownloadOf($id: ID!) { requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } } }": types.DownloadOfDocument,
    "query AuditOf($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {\n  auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {\n    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id stream sequence action subjectId details createdAt hash previousHash actor { id role } }\n  }\n}": types.AuditOfDocument,
    "query NodeOf($id: ID!) { node(id: $id) { __typename id ... on AuditEntry { action hash } ... on KycDocument { fileName application { id } } ... on KycStatusChange { toStatus } } }": types.NodeOfDocument,
    "mutation Demote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { role } } }": types.DemoteDocument,
    "query DigestsOf($id: ID!) { kycApplication(id: $id) { documents { id sha256 } } }": types.DigestsOfDocument,
    "\n  query ReadTwice($id: ID!) {\n    before: kycApplication(id: $id) { version firstName }\n    eventCursor\n    after: kycApplication(id: $id) { version firstName }\n  }\n": types.ReadTwiceDocument,
    "\n  query ListUsers($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n    users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id name email role banned kycStatus createdAt }\n    }\n  }\n": types.ListUsersDocument,
    "\n  query ListNested($first: Int!) {\n    users(first: $first) { edges { cursor node { id name kycStatus kycApplications(first: 3) { nodes { id status } } } } }\n  }\n": types.ListNestedDocument,
    "mutation ApplyAsReviewer { createKycApplication(input: {}) { application { id } } }": types.ApplyAsReviewerDocument,
    "mutation BanListed($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"x\", until: $until }) { user { banned } } }": types.BanListedDocument,
    "query WhoAmI { viewer { id email name role banned walletAddress kycStatus } }": types.WhoAmIDocument,
    "mutation SetRole($userId: ID!, $role: UserRole!) { setUserRole(input: { userId: $userId, role: $role }) { user { id role } } }": types.SetRoleDocument,
    "mutation Ban($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"Fraud\", until: $until }) { user { banned } } }": types.BanDocument,
    "mutation Unban($userId: ID!) { unbanUser(input: { userId: $userId }) { user { banned } } }": types.UnbanDocument,
    "mutation RevokeSessions($userId: ID!) { revokeUserSessions(input: { userId: $userId }) { revoked } }": types.RevokeSessionsDocument,
    "query BannedOf($id: ID!) { user(id: $id) { banned } }": types.BannedOfDocument,
    "query UserOf($id: ID!) { user(id: $id) { id email role } }": types.UserOfDocument,
    "\n  query SocketCursor { eventCursor }\n": types.SocketCursorDocument,
    "\n  subscription SocketStatusChanges($after: String) {\n    kycStatusChanges(after: $after) { change { toStatus } application { id } }\n  }\n": types.SocketStatusChangesDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Raise($severity: AlertSeverity!, $message: String!) {\n    raiseSystemAlert(input: { severity: $severity, message: $message }) { alert { id severity message createdAt } }\n  }\n"): (typeof documents)["\n  mutation Raise($severity: AlertSeverity!, $message: String!) {\n    raiseSystemAlert(input: { severity: $severity, message: $message }) { alert { id severity message createdAt } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Alerts($first: Int) { eventCursor systemAlerts(first: $first) { id severity message createdAt } }"): (typeof documents)["query Alerts($first: Int) { eventCursor systemAlerts(first: $first) { id severity message createdAt } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AlertNode($id: ID!) { node(id: $id) { id ... on SystemAlert { severity message } } }"): (typeof documents)["query AlertNode($id: ID!) { node(id: $id) { id ... on SystemAlert { severity message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FollowAlerts($after: String) { systemAlerts(after: $after) { cursor alert { id severity message } } }\n"): (typeof documents)["\n  subscription FollowAlerts($after: String) { systemAlerts(after: $after) { cursor alert { id severity message } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query KeyReadsStatuses($filter: KycApplicationFilter) {\n      kycApplications(filter: $filter) { totalCount nodes { id status } }\n    }\n  "): (typeof documents)["\n    query KeyReadsStatuses($filter: KycApplicationFilter) {\n      kycApplications(filter: $filter) { totalCount nodes { id status } }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query KeyReadsNode($id: ID!) { node(id: $id) { id } }\n  "): (typeof documents)["\n    query KeyReadsNode($id: ID!) { node(id: $id) { id } }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    subscription KeyFollowsStatuses {\n      kycStatusChanges {\n        change { toStatus reason changedBy { id } }\n        application { id firstName reviewedBy { id } user { email name } }\n      }\n    }\n  "): (typeof documents)["\n    subscription KeyFollowsStatuses {\n      kycStatusChanges {\n        change { toStatus reason changedBy { id } }\n        application { id firstName reviewedBy { id } user { email name } }\n      }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SetAvatar($id: ID) { updateProfile(input: { imageUploadId: $id }) { user { image } } }"): (typeof documents)["mutation SetAvatar($id: ID) { updateProfile(input: { imageUploadId: $id }) { user { image } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AvatarOf { viewer { image } }"): (typeof documents)["query AvatarOf { viewer { image } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DemoteForCache($id: ID!) { setUserRole(input: { userId: $id, role: INVESTOR }) { user { role } } }"): (typeof documents)["mutation DemoteForCache($id: ID!) { setUserRole(input: { userId: $id, role: INVESTOR }) { user { role } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateForCache($id: ID!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: \"Other\" } }) { application { version } }\n  }"): (typeof documents)["mutation UpdateForCache($id: ID!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: \"Other\" } }) { application { version } }\n  }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SomeCursors($orderBy: KycApplicationOrder) { kycApplications(first: 100, orderBy: $orderBy) { edges { cursor } } }"): (typeof documents)["query SomeCursors($orderBy: KycApplicationOrder) { kycApplications(first: 100, orderBy: $orderBy) { edges { cursor } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadDocument($id: ID!) {\n    node(id: $id) {\n      id\n      ... on KycDocument {\n        application { id } documentType fileName contentType size sha256 uploadedAt\n      }\n    }\n  }\n"): (typeof documents)["\n  query ReadDocument($id: ID!) {\n    node(id: $id) {\n      id\n      ... on KycDocument {\n        application { id } documentType fileName contentType size sha256 uploadedAt\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RequestDownload($id: ID!) {\n    requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } }\n  }\n"): (typeof documents)["\n  mutation RequestDownload($id: ID!) {\n    requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteDocument($id: ID!) {\n    deleteKycDocument(input: { documentId: $id }) {\n      deletedDocumentId application { id version documents { id } }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteDocument($id: ID!) {\n    deleteKycDocument(input: { documentId: $id }) {\n      deletedDocumentId application { id version documents { id } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DocumentsOf($id: ID!) { kycApplication(id: $id) { version documents { id fileName contentType size sha256 } } }\n"): (typeof documents)["\n  query DocumentsOf($id: ID!) { kycApplication(id: $id) { version documents { id fileName contentType size sha256 } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateApplication($details: KycDetailsInput) {\n    createKycApplication(input: { details: $details }) { application { id version status } }\n  }\n"): (typeof documents)["\n  mutation CreateApplication($details: KycDetailsInput) {\n    createKycApplication(input: { details: $details }) { application { id version status } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RequestDocumentUpload($input: RequestKycDocumentUploadInput!) {\n    requestKycDocumentUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n"): (typeof documents)["\n  mutation RequestDocumentUpload($input: RequestKycDocumentUploadInput!) {\n    requestKycDocumentUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CompleteDocumentUpload($uploadId: ID!) {\n    completeKycDocumentUpload(input: { uploadId: $uploadId }) { document { id documentType contentType size sha256 } }\n  }\n"): (typeof documents)["\n  mutation CompleteDocumentUpload($uploadId: ID!) {\n    completeKycDocumentUpload(input: { uploadId: $uploadId }) { document { id documentType contentType size sha256 } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SubmitApplication($id: ID!) {\n    submitKycApplication(input: { applicationId: $id }) { application { id version status submittedAt } }\n  }\n"): (typeof documents)["\n  mutation SubmitApplication($id: ID!) {\n    submitKycApplication(input: { applicationId: $id }) { application { id version status submittedAt } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ApproveApplication($id: ID!, $expectedVersion: Int) {\n    approveKycApplication(input: { applicationId: $id, expectedVersion: $expectedVersion }) {\n      application { id version status expiresAt reviewedAt }\n    }\n  }\n"): (typeof documents)["\n  mutation ApproveApplication($id: ID!, $expectedVersion: Int) {\n    approveKycApplication(input: { applicationId: $id, expectedVersion: $expectedVersion }) {\n      application { id version status expiresAt reviewedAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RateOf($base: Currency!, $quote: Currency!) {\n    exchangeRate(base: $base, quote: $quote) { base quote rate source asOf fetchedAt expiresAt stale }\n  }\n"): (typeof documents)["\n  query RateOf($base: Currency!, $quote: Currency!) {\n    exchangeRate(base: $base, quote: $quote) { base quote rate source asOf fetchedAt expiresAt stale }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RatesOf($base: Currency!, $quotes: [Currency!]) { exchangeRates(base: $base, quotes: $quotes) { base quote rate source } }\n"): (typeof documents)["\n  query RatesOf($base: Currency!, $quotes: [Currency!]) { exchangeRates(base: $base, quotes: $quotes) { base quote rate source } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query HistoryOf($base: Currency!, $quote: Currency!, $since: DateTime, $until: DateTime, $first: Int) {\n    exchangeRateHistory(base: $base, quote: $quote, since: $since, until: $until, first: $first) {\n      base quote rate source asOf fetchedAt stale\n    }\n  }\n"): (typeof documents)["\n  query HistoryOf($base: Currency!, $quote: Currency!, $since: DateTime, $until: DateTime, $first: Int) {\n    exchangeRateHistory(base: $base, quote: $quote, since: $since, until: $until, first: $first) {\n      base quote rate source asOf fetchedAt stale\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SetRate($input: SetExchangeRateInput!) {\n    setExchangeRate(input: $input) { rate { base quote rate source asOf expiresAt stale } }\n  }\n"): (typeof documents)["\n  mutation SetRate($input: SetExchangeRateInput!) {\n    setExchangeRate(input: $input) { rate { base quote rate source asOf expiresAt stale } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PublishToken($input: PublishTokenMetadataInput!) {\n    publishTokenMetadata(input: $input) {\n      metadata { id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt }\n    }\n  }\n"): (typeof documents)["\n  mutation PublishToken($input: PublishTokenMetadataInput!) {\n    publishTokenMetadata(input: $input) {\n      metadata { id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SealToken($input: SealTokenMetadataInput!) {\n    sealTokenMetadata(input: $input) { metadata { id version sealed metadataUrl logoUrl } }\n  }\n"): (typeof documents)["\n  mutation SealToken($input: SealTokenMetadataInput!) {\n    sealTokenMetadata(input: $input) { metadata { id version sealed metadataUrl logoUrl } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadToken($chainId: ChainId!, $address: EvmAddress!) {\n    tokenMetadata(chainId: $chainId, address: $address) {\n      id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt\n    }\n  }\n"): (typeof documents)["\n  query ReadToken($chainId: ChainId!, $address: EvmAddress!) {\n    tokenMetadata(chainId: $chainId, address: $address) {\n      id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query TokenNode($id: ID!) { node(id: $id) { id ... on TokenMetadata { name address } } }"): (typeof documents)["query TokenNode($id: ID!) { node(id: $id) { id ... on TokenMetadata { name address } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RecordTransfers($transfers: [TokenTransferInput!]!) {\n    recordTokenTransfers(input: { transfers: $transfers }) { recorded duplicates eventCursor }\n  }\n"): (typeof documents)["\n  mutation RecordTransfers($transfers: [TokenTransferInput!]!) {\n    recordTokenTransfers(input: { transfers: $transfers }) { recorded duplicates eventCursor }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetractTransfers($chainId: ChainId!, $blockHashes: [Hash!]!) {\n    retractTokenTransfers(input: { chainId: $chainId, blockHashes: $blockHashes }) { retracted eventCursor }\n  }\n"): (typeof documents)["\n  mutation RetractTransfers($chainId: ChainId!, $blockHashes: [Hash!]!) {\n    retractTokenTransfers(input: { chainId: $chainId, blockHashes: $blockHashes }) { retracted eventCursor }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Transfers($first: Int, $after: String, $last: Int, $before: String, $filter: TokenTransferFilter) {\n    tokenTransfers(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n"): (typeof documents)["\n  query Transfers($first: Int, $after: String, $last: Int, $before: String, $filter: TokenTransferFilter) {\n    tokenTransfers(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FollowTransfers($filter: TokenTransferFilter, $after: String) {\n    tokenTransfers(filter: $filter, after: $after) {\n      cursor kind\n      transfer { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n"): (typeof documents)["\n  subscription FollowTransfers($filter: TokenTransferFilter, $after: String) {\n    tokenTransfers(filter: $filter, after: $after) {\n      cursor kind\n      transfer { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RequestUpload($input: RequestUploadInput!) {\n    requestUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n"): (typeof documents)["\n  mutation RequestUpload($input: RequestUploadInput!) {\n    requestUpload(input: $input) { upload { id url method headers { name value } expiresAt } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadApplication($id: ID!) {\n    kycApplication(id: $id) {\n      id version status firstName lastName dateOfBirth nationality residenceCountry\n      residenceAddress { street city state postalCode country }\n      idDocumentType idDocumentNumber idDocumentExpiry submittedAt reviewedAt rejectionReason rejectionKind expiresAt createdAt updatedAt\n      user { id email kycStatus }\n      reviewedBy { id }\n      documents { id documentType fileName contentType size sha256 uploadedAt application { id } }\n      statusHistory { id fromStatus toStatus reason createdAt changedBy { id } application { id } }\n    }\n  }\n"): (typeof documents)["\n  query ReadApplication($id: ID!) {\n    kycApplication(id: $id) {\n      id version status firstName lastName dateOfBirth nationality residenceCountry\n      residenceAddress { street city state postalCode country }\n      idDocumentType idDocumentNumber idDocumentExpiry submittedAt reviewedAt rejectionReason rejectionKind expiresAt createdAt updatedAt\n      user { id email kycStatus }\n      reviewedBy { id }\n      documents { id documentType fileName contentType size sha256 uploadedAt application { id } }\n      statusHistory { id fromStatus toStatus reason createdAt changedBy { id } application { id } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateApplication($id: ID!, $details: KycDetailsInput!, $expectedVersion: Int) {\n    updateKycApplication(input: { applicationId: $id, details: $details, expectedVersion: $expectedVersion }) {\n      application { id version firstName idDocumentNumber residenceAddress { city } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateApplication($id: ID!, $details: KycDetailsInput!, $expectedVersion: Int) {\n    updateKycApplication(input: { applicationId: $id, details: $details, expectedVersion: $expectedVersion }) {\n      application { id version firstName idDocumentNumber residenceAddress { city } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status version } } }\n"): (typeof documents)["\n  mutation StartReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status version } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RequestInformation($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { status version } }\n  }\n"): (typeof documents)["\n  mutation RequestInformation($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { status version } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RejectApplication($id: ID!, $kind: KycRejectionKind!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, kind: $kind, reason: $reason }) {\n      application { status rejectionReason rejectionKind }\n    }\n  }\n"): (typeof documents)["\n  mutation RejectApplication($id: ID!, $kind: KycRejectionKind!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, kind: $kind, reason: $reason }) {\n      application { status rejectionReason rejectionKind }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RevokeApproval($id: ID!) {\n    revokeKycApproval(input: { applicationId: $id, reason: \"Sanctions list\" }) { application { status } }\n  }\n"): (typeof documents)["\n  mutation RevokeApproval($id: ID!) {\n    revokeKycApproval(input: { applicationId: $id, reason: \"Sanctions list\" }) { application { status } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RevealDetails($id: ID!, $reason: String!) {\n    revealKycDetails(input: { applicationId: $id, reason: $reason }) {\n      details { dateOfBirth idDocumentNumber residenceAddress { street city } }\n    }\n  }\n"): (typeof documents)["\n  mutation RevealDetails($id: ID!, $reason: String!) {\n    revealKycDetails(input: { applicationId: $id, reason: $reason }) {\n      details { dateOfBirth idDocumentNumber residenceAddress { street city } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ListApplications($first: Int, $after: String, $last: Int, $before: String, $filter: KycApplicationFilter, $orderBy: KycApplicationOrder) {\n    kycApplications(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id }\n      edges { cursor node { id status submittedAt } }\n    }\n  }\n"): (typeof documents)["\n  query ListApplications($first: Int, $after: String, $last: Int, $before: String, $filter: KycApplicationFilter, $orderBy: KycApplicationOrder) {\n    kycApplications(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id }\n      edges { cursor node { id status submittedAt } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n      query NestedList($first: Int, $last: Int, $after: String) {\n        viewer { kycApplications(first: $first, last: $last, after: $after) { totalCount nodes { id } } }\n      }\n    "): (typeof documents)["\n      query NestedList($first: Int, $last: Int, $after: String) {\n        viewer { kycApplications(first: $first, last: $last, after: $after) { totalCount nodes { id } } }\n      }\n    "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query CrowdBegins { eventCursor }"): (typeof documents)["query CrowdBegins { eventCursor }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query LiveCursor { eventCursor }"): (typeof documents)["query LiveCursor { eventCursor }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query LiveViewer { viewer { id } }"): (typeof documents)["query LiveViewer { viewer { id } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription LiveDetails($after: String) {\n    kycStatusChanges(after: $after, statuses: [SUBMITTED]) { application { id dateOfBirth idDocumentNumber user { email settings { locale } } } }\n  }\n"): (typeof documents)["\n  subscription LiveDetails($after: String) {\n    kycStatusChanges(after: $after, statuses: [SUBMITTED]) { application { id dateOfBirth idDocumentNumber user { email settings { locale } } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription LiveDeciders($after: String) {\n    kycStatusChanges(after: $after, statuses: [APPROVED]) { change { changedBy { email settings { locale } } } }\n  }\n"): (typeof documents)["\n  subscription LiveDeciders($after: String) {\n    kycStatusChanges(after: $after, statuses: [APPROVED]) { change { changedBy { email settings { locale } } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation LiveDemote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { id } } }"): (typeof documents)["mutation LiveDemote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadOwnForMetrics($first: Int = 1) { kycApplications(first: $first) { nodes { version } } }\n"): (typeof documents)["\n  query ReadOwnForMetrics($first: Int = 1) { kycApplications(first: $first) { nodes { version } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query WhoOwns { viewer { id } }"): (typeof documents)["query WhoOwns { viewer { id } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PartnerAskMore($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { id } }\n  }\n"): (typeof documents)["\n  mutation PartnerAskMore($id: ID!, $reason: String!) {\n    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { id } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PartnerReject($id: ID!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, reason: $reason, kind: FINAL }) { application { id } }\n  }\n"): (typeof documents)["\n  mutation PartnerReject($id: ID!, $reason: String!) {\n    rejectKycApplication(input: { applicationId: $id, reason: $reason, kind: FINAL }) { application { id } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PartnerCursor { eventCursor }"): (typeof documents)["query PartnerCursor { eventCursor }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Queue($filter: KycApplicationFilter, $orderBy: KycApplicationOrder, $after: String) {\n    kycApplications(first: 20, after: $after, filter: $filter, orderBy: $orderBy) {\n      pageInfo { endCursor }\n      nodes {\n        id status submittedAt\n        user { id name email }\n        documents { id documentType fileName }\n        statusHistory { id toStatus changedBy { id name } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Queue($filter: KycApplicationFilter, $orderBy: KycApplicationOrder, $after: String) {\n    kycApplications(first: 20, after: $after, filter: $filter, orderBy: $orderBy) {\n      pageInfo { endCursor }\n      nodes {\n        id status submittedAt\n        user { id name email }\n        documents { id documentType fileName }\n        statusHistory { id toStatus changedBy { id name } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query One($id: ID!) { user(id: $id) { id email name kycStatus kycApplications(first: 5) { nodes { id status } } } }"): (typeof documents)["query One($id: ID!) { user(id: $id) { id email name kycStatus kycApplications(first: 5) { nodes { id status } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Audit($filter: AuditFilter, $after: String) { auditLog(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id action actor { id email } } } }"): (typeof documents)["query Audit($filter: AuditFilter, $after: String) { auditLog(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id action actor { id email } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Statuses { kycApplications(first: 20) { nodes { id user { id kycStatus kycApplications(first: 3) { totalCount nodes { id documents { id } } } } } } }"): (typeof documents)["query Statuses { kycApplications(first: 20) { nodes { id user { id kycStatus kycApplications(first: 3) { totalCount nodes { id documents { id } } } } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Users($filter: UserFilter, $after: String) { users(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id name email kycStatus kycApplications(first: 3) { nodes { id status } } } } }"): (typeof documents)["query Users($filter: UserFilter, $after: String) { users(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id name email kycStatus kycApplications(first: 3) { nodes { id status } } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name image } } }"): (typeof documents)["mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name image } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ReadProfile { viewer { name image updatedAt } }"): (typeof documents)["query ReadProfile { viewer { name image updatedAt } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RateTrail { auditLog(filter: { stream: \"rates\" }) { nodes { action actor { id } subjectId details } } }\n"): (typeof documents)["\n  query RateTrail { auditLog(filter: { stream: \"rates\" }) { nodes { action actor { id } subjectId details } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RateChanges($base: Currency, $quotes: [Currency!], $after: String) {\n    exchangeRateChanges(base: $base, quotes: $quotes, after: $after) { cursor rate { base quote rate source stale } }\n  }\n"): (typeof documents)["\n  subscription RateChanges($base: Currency, $quotes: [Currency!], $after: String) {\n    exchangeRateChanges(base: $base, quotes: $quotes, after: $after) { cursor rate { base quote rate source stale } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RateCursor($base: Currency!) { eventCursor exchangeRates(base: $base) { quote rate } }\n"): (typeof documents)["\n  query RateCursor($base: Currency!) { eventCursor exchangeRates(base: $base) { quote rate } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ReadOwn { kycApplications(first: 1) { nodes { version firstName } } }"): (typeof documents)["query ReadOwn { kycApplications(first: 1) { nodes { version firstName } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Rename($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n"): (typeof documents)["\n  mutation Rename($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription AlertsOverFailover($after: String) { systemAlerts(after: $after) { cursor alert { message } } }\n"): (typeof documents)["\n  subscription AlertsOverFailover($after: String) { systemAlerts(after: $after) { cursor alert { message } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query WhoAfterRestore { viewer { id } }"): (typeof documents)["query WhoAfterRestore { viewer { id } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadFromReplica($first: Int!) { viewer { id } kycApplications(first: $first) { nodes { version firstName } } }\n"): (typeof documents)["\n  query ReadFromReplica($first: Int!) { viewer { id } kycApplications(first: $first) { nodes { version firstName } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadWithCursor($first: Int!) { eventCursor kycApplications(first: $first) { nodes { version } } }\n"): (typeof documents)["\n  query ReadWithCursor($first: Int!) { eventCursor kycApplications(first: $first) { nodes { version } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameOnPrimary($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n"): (typeof documents)["\n  mutation RenameOnPrimary($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadSettings {\n    viewer {\n      createdAt\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n"): (typeof documents)["\n  query ReadSettings {\n    viewer {\n      createdAt\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadSettingsOf($id: ID!) { user(id: $id) { id settings { locale } notificationSettings { webhookUrl } } }\n"): (typeof documents)["\n  query ReadSettingsOf($id: ID!) { user(id: $id) { id settings { locale } notificationSettings { webhookUrl } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateSettings($input: UpdateUserSettingsInput!) {\n    updateUserSettings(input: $input) {\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateSettings($input: UpdateUserSettingsInput!) {\n    updateUserSettings(input: $input) {\n      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateNotifications($input: UpdateNotificationSettingsInput!) {\n    updateNotificationSettings(input: $input) {\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateNotifications($input: UpdateNotificationSettingsInput!) {\n    updateNotificationSettings(input: $input) {\n      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameSlowly($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n"): (typeof documents)["\n  mutation RenameSlowly($id: ID!, $name: String!) {\n    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ReadSlowly { kycApplications(first: 1) { nodes { firstName } } }"): (typeof documents)["query ReadSlowly { kycApplications(first: 1) { nodes { firstName } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription LiveStatus($applicationId: ID, $statuses: [KycStatus!], $after: String) {\n    kycStatusChanges(applicationId: $applicationId, statuses: $statuses, after: $after) {\n      cursor\n      change { id fromStatus toStatus reason changedBy { id } }\n      application { id status version documents { id } user { id email } }\n    }\n  }\n"): (typeof documents)["\n  subscription LiveStatus($applicationId: ID, $statuses: [KycStatus!], $after: String) {\n    kycStatusChanges(applicationId: $applicationId, statuses: $statuses, after: $after) {\n      cursor\n      change { id fromStatus toStatus reason changedBy { id } }\n      application { id status version documents { id } user { id email } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query StateAndCursor { eventCursor kycApplications(first: 100) { nodes { id status version } } }"): (typeof documents)["query StateAndCursor { eventCursor kycApplications(first: 100) { nodes { id status version } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation TakeIntoReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status } } }"): (typeof documents)["mutation TakeIntoReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation AskForMore($id: ID!) { requestKycInformation(input: { applicationId: $id, reason: \"A sharper selfie\" }) { application { status } } }"): (typeof documents)["mutation AskForMore($id: ID!) { requestKycInformation(input: { applicationId: $id, reason: \"A sharper selfie\" }) { application { status } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DownloadOf($id: ID!) { requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } } }"): (typeof documents)["mutation DownloadOf($id: ID!) { requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AuditOf($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {\n  auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {\n    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id stream sequence action subjectId details createdAt hash previousHash actor { id role } }\n  }\n}"): (typeof documents)["query AuditOf($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {\n  auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {\n    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id stream sequence action subjectId details createdAt hash previousHash actor { id role } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query NodeOf($id: ID!) { node(id: $id) { __typename id ... on AuditEntry { action hash } ... on KycDocument { fileName application { id } } ... on KycStatusChange { toStatus } } }"): (typeof documents)["query NodeOf($id: ID!) { node(id: $id) { __typename id ... on AuditEntry { action hash } ... on KycDocument { fileName application { id } } ... on KycStatusChange { toStatus } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Demote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { role } } }"): (typeof documents)["mutation Demote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { role } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query DigestsOf($id: ID!) { kycApplication(id: $id) { documents { id sha256 } } }"): (typeof documents)["query DigestsOf($id: ID!) { kycApplication(id: $id) { documents { id sha256 } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadTwice($id: ID!) {\n    before: kycApplication(id: $id) { version firstName }\n    eventCursor\n    after: kycApplication(id: $id) { version firstName }\n  }\n"): (typeof documents)["\n  query ReadTwice($id: ID!) {\n    before: kycApplication(id: $id) { version firstName }\n    eventCursor\n    after: kycApplication(id: $id) { version firstName }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ListUsers($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n    users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id name email role banned kycStatus createdAt }\n    }\n  }\n"): (typeof documents)["\n  query ListUsers($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n    users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      nodes { id name email role banned kycStatus createdAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ListNested($first: Int!) {\n    users(first: $first) { edges { cursor node { id name kycStatus kycApplications(first: 3) { nodes { id status } } } } }\n  }\n"): (typeof documents)["\n  query ListNested($first: Int!) {\n    users(first: $first) { edges { cursor node { id name kycStatus kycApplications(first: 3) { nodes { id status } } } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ApplyAsReviewer { createKycApplication(input: {}) { application { id } } }"): (typeof documents)["mutation ApplyAsReviewer { createKycApplication(input: {}) { application { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation BanListed($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"x\", until: $until }) { user { banned } } }"): (typeof documents)["mutation BanListed($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"x\", until: $until }) { user { banned } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query WhoAmI { viewer { id email name role banned walletAddress kycStatus } }"): (typeof documents)["query WhoAmI { viewer { id email name role banned walletAddress kycStatus } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SetRole($userId: ID!, $role: UserRole!) { setUserRole(input: { userId: $userId, role: $role }) { user { id role } } }"): (typeof documents)["mutation SetRole($userId: ID!, $role: UserRole!) { setUserRole(input: { userId: $userId, role: $role }) { user { id role } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Ban($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"Fraud\", until: $until }) { user { banned } } }"): (typeof documents)["mutation Ban($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: \"Fraud\", until: $until }) { user { banned } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Unban($userId: ID!) { unbanUser(input: { userId: $userId }) { user { banned } } }"): (typeof documents)["mutation Unban($userId: ID!) { unbanUser(input: { userId: $userId }) { user { banned } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RevokeSessions($userId: ID!) { revokeUserSessions(input: { userId: $userId }) { revoked } }"): (typeof documents)["mutation RevokeSessions($userId: ID!) { revokeUserSessions(input: { userId: $userId }) { revoked } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query BannedOf($id: ID!) { user(id: $id) { banned } }"): (typeof documents)["query BannedOf($id: ID!) { user(id: $id) { banned } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query UserOf($id: ID!) { user(id: $id) { id email role } }"): (typeof documents)["query UserOf($id: ID!) { user(id: $id) { id email role } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SocketCursor { eventCursor }\n"): (typeof documents)["\n  query SocketCursor { eventCursor }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription SocketStatusChanges($after: String) {\n    kycStatusChanges(after: $after) { change { toStatus } application { id } }\n  }\n"): (typeof documents)["\n  subscription SocketStatusChanges($after: String) {\n    kycStatusChanges(after: $after) { change { toStatus } application { id } }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;
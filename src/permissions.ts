import type { UserRole } from './db/schema/auth.ts'
import { ForbiddenError, UnauthenticatedError } from './errors.ts'

/** What an API key may be given (the operator's contract names them). */
export const scopes = ['transfers:write', 'transfers:read', 'kyc:read', 'rates:read', 'introspect'] as const
export type Scope = (typeof scopes)[number]

/** Who asks. Everything that decides about rights is in here; the expiry of a session and of a step-up are times in ms. */
export type Viewer = { kind: 'anonymous' } | UserViewer | ApiKeyViewer
export type UserViewer = {
  kind: 'user'
  id: string
  role: UserRole
  sessionId: string
  expiresAt: number
  /** Until when the user counts as having just proved who they are; null: not within this session. */
  steppedUpUntil: number | null
}
/** A machine. It has the rights of its scopes, none of its owner's; it ends with its owner's ban. */
export type ApiKeyViewer = {
  kind: 'apiKey'
  id: string
  ownerId: string
  scopes: readonly Scope[]
  plan: string
  /** Infinity: never. */
  expiresAt: number
}

export const anonymous: Viewer = { kind: 'anonymous' }

type Application = { userId: string }
type Person = { id: string }
type Rule<Subject> = {
  who: (viewer: UserViewer) => boolean
  /** The scope by which an API key has the permission, over every subject; absent: no key has it. */
  scope?: Scope
  subject?: (viewer: UserViewer, subject: Subject) => boolean
  hint?: string
}

const signedIn = () => true
const nobody = () => false
const isAdmin = (viewer: UserViewer) => viewer.role === 'admin'
export const isReviewer = (viewer: Viewer) =>
  viewer.kind === 'user' && (viewer.role === 'compliance' || viewer.role === 'admin')
export const isSteppedUp = (viewer: UserViewer) => viewer.steppedUpUntil !== null && Date.now() < viewer.steppedUpUntil
const hasScope = (viewer: Viewer, scope: Scope) => viewer.kind === 'apiKey' && viewer.scopes.includes(scope)

const rule = <Subject = never>(rule: Rule<Subject>) => rule
/** The same, for keys with this scope as well. */
const orKey = (scope: Scope, rule: Rule<never>): Rule<never> & { scope: Scope } => ({ ...rule, scope })

/** Who sees all applications that were submitted: reviewers, and keys that may read statuses (of no personal data: the fields see to it). */
export const seesSubmitted = (viewer: Viewer) => isReviewer(viewer) || hasScope(viewer, 'kyc:read')

/** Whether personal data is for the viewer at all. A key, whatever its scopes, sees that there is a person, and nothing of them. */
export const seesPersonalData = (viewer: Viewer) => viewer.kind === 'user'

/** Who sees an application: its applicant always, others once it was submitted. A draft is nobody else's business. */
export const mayView = (viewer: Viewer, application: { userId: string; submitted: boolean }) =>
  (viewer.kind === 'user' && application.userId === viewer.id) || (application.submitted && seesSubmitted(viewer))

/** What decides about all that is not one's own: whoever has the same rights sees the same of others' affairs. */
export const rightsOf = (viewer: Viewer): string =>
  [
    viewer.kind,
    ...(viewer.kind === 'user' ? [viewer.role] : viewer.kind === 'apiKey' ? [...viewer.scopes].sort() : []),
  ].join(' ')

/** Somebody with the same rights, to whom everything is somebody else's. */
export function strangerLike(viewer: Viewer): Viewer {
  if (viewer.kind === 'user') return { ...viewer, id: '', sessionId: '', steppedUpUntil: null }
  return viewer.kind === 'apiKey' ? { ...viewer, id: '', ownerId: '' } : viewer
}

/** permission → who, by role or scope; and which subjects of those that they may see. The one place where rights are decided. */
export const permissions = {
  'user:read': rule<Person>({ who: signedIn, subject: (viewer, user) => user.id === viewer.id || isReviewer(viewer) }),
  'user:list': rule({ who: isReviewer }),
  'user:administer': rule<Person>({
    who: isAdmin,
    subject: (viewer, user) => user.id !== viewer.id,
    hint: 'Nobody changes their own role or ban.',
  }),
  'session:revoke': rule<Person>({
    who: signedIn,
    subject: (viewer, user) => user.id === viewer.id || isAdmin(viewer),
  }),
  'settings:own': rule({ who: signedIn }),
  'upload:request': rule({ who: signedIn }),
  'kyc:read': orKey('kyc:read', { who: signedIn }),
  'kyc:apply': rule<Application>({ who: signedIn, subject: (viewer, application) => application.userId === viewer.id }),
  'kyc:review': rule<Application>({
    who: isReviewer,
    subject: (viewer, application) => application.userId !== viewer.id,
    hint: 'Nobody reviews an application of their own.',
  }),
  'kyc:reveal': rule<Application>({
    who: (viewer) => viewer.role === 'compliance' || (isAdmin(viewer) && isSteppedUp(viewer)),
    subject: (viewer, application) => application.userId !== viewer.id,
    hint: 'For compliance, and for an admin who has just confirmed their password (POST /api/auth/step-up).',
  }),
  'document:read': rule<Application>({
    who: signedIn,
    subject: (viewer, application) => application.userId === viewer.id || isReviewer(viewer),
  }),
  'token:publish': rule({ who: isAdmin }),
  'transfer:read': orKey('transfers:read', { who: signedIn }),
  'transfer:write': orKey('transfers:write', {
    who: nobody,
    hint: 'For an API key with the scope transfers:write.',
  }),
  'rate:set': rule({ who: isAdmin }),
  'alert:read': rule({ who: signedIn }),
  'alert:raise': rule({ who: isAdmin }),
  'audit:read': rule({ who: isAdmin }),
  'schema:introspect': orKey('introspect', {
    who: isAdmin,
    hint: 'The schema is shown to an admin, and to an API key with the scope introspect.',
  }),
}

export type Permission = keyof typeof permissions
type SubjectOf<P extends Permission> = (typeof permissions)[P] extends Rule<infer Subject> ? Subject : never
/** Only where the rule names a scope may the viewer be a key. */
type ViewerOf<P extends Permission> = (typeof permissions)[P] extends { scope: Scope }
  ? UserViewer | ApiKeyViewer
  : UserViewer

/** Whether the viewer has the permission at all, whatever the subject. */
export function may(viewer: Viewer, permission: Permission): boolean {
  const { who, scope } = permissions[permission] as Rule<never>
  return viewer.kind === 'user' ? who(viewer) : scope !== undefined && hasScope(viewer, scope)
}

/** UNAUTHENTICATED or FORBIDDEN unless the viewer has the permission, and has it for this subject. */
export function authorize<P extends Permission>(
  viewer: Viewer,
  permission: P,
  subject?: SubjectOf<P>,
): asserts viewer is ViewerOf<P> {
  if (viewer.kind === 'anonymous') throw new UnauthenticatedError()
  const { subject: decides, hint } = permissions[permission] as Rule<SubjectOf<P>>
  const mayThis = subject === undefined || !decides || viewer.kind === 'apiKey' || decides(viewer, subject)
  if (!may(viewer, permission) || !mayThis) throw new ForbiddenError(hint)
}

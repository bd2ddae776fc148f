import type { UserRole } from './db/schema/auth.ts'
import { ForbiddenError, UnauthenticatedError } from './errors.ts'

/** Who asks. Everything that decides about rights is in here; the expiry of a session and of a step-up are times in ms. */
export type Viewer = { kind: 'anonymous' } | UserViewer
export type UserViewer = {
  kind: 'user'
  id: string
  role: UserRole
  sessionId: string
  expiresAt: number
  /** Until when the user counts as having just proved who they are; null: not within this session. */
  steppedUpUntil: number | null
}

export const anonymous: Viewer = { kind: 'anonymous' }

type Application = { userId: string }
type Person = { id: string }
type Rule<Subject> = {
  who: (viewer: UserViewer) => boolean
  subject?: (viewer: UserViewer, subject: Subject) => boolean
  hint?: string
}

const signedIn = () => true
const isAdmin = (viewer: UserViewer) => viewer.role === 'admin'
export const isReviewer = (viewer: Viewer) =>
  viewer.kind === 'user' && (viewer.role === 'compliance' || viewer.role === 'admin')
const isSteppedUp = (viewer: UserViewer) => viewer.steppedUpUntil !== null && Date.now() < viewer.steppedUpUntil

const rule = <Subject = never>(rule: Rule<Subject>) => rule

/** Who sees an application: its applicant always, reviewers once it was submitted. A draft is nobody else's business. */
export const mayView = (viewer: Viewer, application: { userId: string; submitted: boolean }) =>
  viewer.kind === 'user' && (application.userId === viewer.id || (application.submitted && isReviewer(viewer)))

/** permission → who, by role; and which subjects of those that they may see. The one place where rights are decided. */
export const permissions = {
  'user:read': rule<Person>({ who: signedIn, subject: (viewer, user) => user.id === viewer.id || isReviewer(viewer) }),
  'user:administer': rule<Person>({
    who: isAdmin,
    subject: (viewer, user) => user.id !== viewer.id,
    hint: 'Nobody changes their own role or ban.',
  }),
  'session:revoke': rule<Person>({
    who: signedIn,
    subject: (viewer, user) => user.id === viewer.id || isAdmin(viewer),
  }),
  'kyc:read': rule({ who: signedIn }),
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
  'audit:read': rule({ who: isAdmin }),
}

export type Permission = keyof typeof permissions
type SubjectOf<P extends Permission> = (typeof permissions)[P] extends Rule<infer Subject> ? Subject : never

/** Whether the viewer has the permission at all, whatever the subject. */
export const may = (viewer: Viewer, permission: Permission): boolean =>
  viewer.kind === 'user' && permissions[permission].who(viewer)

/** UNAUTHENTICATED or FORBIDDEN unless the viewer has the permission, and has it for this subject. */
export function authorize<P extends Permission>(
  viewer: Viewer,
  permission: P,
  subject?: SubjectOf<P>,
): asserts viewer is UserViewer {
  if (viewer.kind === 'anonymous') throw new UnauthenticatedError()
  const { who, subject: decides, hint } = permissions[permission] as Rule<SubjectOf<P>>
  if (!who(viewer) || (subject !== undefined && decides && !decides(viewer, subject))) throw new ForbiddenError(hint)
}

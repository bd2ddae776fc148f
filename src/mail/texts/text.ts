import type { MailKind } from '../../db/schema/mail.ts'

/**
 * What a mail says in one language. `{service}` is the sender's name, `{address}` the new address of a change. The same
 * sentences make the plain text and the HTML.
 */
type MailText = {
  subject: string
  before: readonly string[]
  /** What the link is called. */
  action: string
  after: readonly string[]
}

export type MailTexts = {
  greeting: string
  /** `{name}`: whom it is for, when that is known. */
  greetingTo: string
  kinds: Record<MailKind, MailText>
}

import type { MailTexts } from './text.ts'

const signInToRead = ['You can read the details when you have signed in.']

export const en: MailTexts = {
  greeting: 'Hello,',
  greetingTo: 'Hello {name},',
  kinds: {
    email_verification: {
      subject: 'Confirm your e-mail address',
      before: ['An account at {service} was opened with this e-mail address. Please confirm that it is yours.'],
      action: 'Confirm the address',
      after: [
        'The link works for 24 hours.',
        'If you did not open an account, do nothing: without the confirmation nobody can sign in.',
      ],
    },
    account_exists: {
      subject: 'You have an account already',
      before: [
        'Somebody has just tried to open an account at {service} with this e-mail address. There is one already, and it was not changed.',
        'If it was you: sign in as before, or choose a new password if you do not know yours any more.',
      ],
      action: 'Choose a new password',
      after: ['If it was not you, there is nothing to do.'],
    },
    password_reset: {
      subject: 'Choose a new password',
      before: ['A new password was asked for your account at {service}.'],
      action: 'Choose a new password',
      after: [
        'The link works once, within an hour. A new password ends all sessions of the account.',
        'If you did not ask for it, do nothing: your password stays as it is.',
      ],
    },
    email_change_approval: {
      subject: 'Approve your new e-mail address',
      before: ['The e-mail address of your account at {service} is to become {address}.'],
      action: 'Approve the change',
      after: [
        'The link works for 24 hours. The new address has to be confirmed as well, by a mail that is sent there.',
        'If you did not ask for it, do not open the link, and change your password: somebody is signed in as you.',
      ],
    },
    email_change: {
      subject: 'Confirm your new e-mail address',
      before: ['This e-mail address is to become that of an account at {service}. Please confirm that it is yours.'],
      action: 'Confirm the address',
      after: ['The link works for 24 hours.', 'If you know nothing of it, do nothing: without it nothing changes.'],
    },
    kyc_approved: {
      subject: 'Your identity check was approved',
      before: ['Your application for the identity check at {service} was approved.'],
      action: 'Open {service}',
      after: signInToRead,
    },
    kyc_rejected: {
      subject: 'Your identity check was not approved',
      before: ['Your application for the identity check at {service} was rejected.'],
      action: 'Open {service}',
      after: ['You can read the reason, and what you can do, when you have signed in.'],
    },
    kyc_information_requested: {
      subject: 'Your identity check needs something from you',
      before: ['Something more is needed for your identity check at {service} before it can go on.'],
      action: 'Open {service}',
      after: ['You can read what it is when you have signed in.'],
    },
    kyc_revoked: {
      subject: 'The approval of your identity check was withdrawn',
      before: ['The approval of your identity check at {service} was withdrawn. It does not hold any more.'],
      action: 'Open {service}',
      after: signInToRead,
    },
    kyc_expired: {
      subject: 'Your identity check has expired',
      before: ['The approval of your identity check at {service} has expired. You can apply again.'],
      action: 'Open {service}',
      after: signInToRead,
    },
  },
}

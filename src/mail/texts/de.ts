import type { MailTexts } from './text.ts'

const signInToRead = ['Die Einzelheiten können Sie lesen, sobald Sie sich angemeldet haben.']

export const de: MailTexts = {
  greeting: 'Guten Tag,',
  greetingTo: 'Guten Tag {name},',
  kinds: {
    email_verification: {
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
      before: [
        'Mit dieser E-Mail-Adresse wurde ein Konto bei {service} eröffnet. Bitte bestätigen Sie, dass es Ihre ist.',
      ],
      action: 'Adresse bestätigen',
      after: [
        'Der Link gilt 24 Stunden.',
        'Wenn Sie kein Konto eröffnet haben, brauchen Sie nichts zu tun: Ohne die Bestätigung kann sich niemand anmelden.',
      ],
    },
    account_exists: {
      subject: 'Sie haben bereits ein Konto',
      before: [
        'Jemand hat gerade versucht, mit dieser E-Mail-Adresse ein Konto bei {service} zu eröffnen. Es gibt bereits eines; daran wurde nichts geändert.',
        'Wenn Sie es waren: Melden Sie sich an wie bisher, oder wählen Sie ein neues Passwort, falls Sie Ihres nicht mehr wissen.',
      ],
      action: 'Neues Passwort wählen',
      after: ['Wenn Sie es nicht waren, brauchen Sie nichts zu tun.'],
    },
    password_reset: {
      subject: 'Wählen Sie ein neues Passwort',
      before: ['Für Ihr Konto bei {service} wurde ein neues Passwort angefordert.'],
      action: 'Neues Passwort wählen',
      after: [
        'Der Link gilt einmal, innerhalb einer Stunde. Ein neues Passwort beendet alle Sitzungen des Kontos.',
        'Wenn Sie es nicht angefordert haben, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
      ],
    },
    email_change_approval: {
      subject: 'Stimmen Sie der neuen E-Mail-Adresse zu',
      before: ['Die E-Mail-Adresse Ihres Kontos bei {service} soll künftig {address} sein.'],
      action: 'Der Änderung zustimmen',
      after: [
        'Der Link gilt 24 Stunden. Auch die neue Adresse muss bestätigt werden, durch eine Nachricht, die dorthin geht.',
        'Wenn Sie das nicht wollten, öffnen Sie den Link nicht, und ändern Sie Ihr Passwort: Jemand ist in Ihrem Namen angemeldet.',
      ],
    },
    email_change: {
      subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      before: [
        'Diese E-Mail-Adresse soll die eines Kontos bei {service} werden. Bitte bestätigen Sie, dass es Ihre ist.',
      ],
      action: 'Adresse bestätigen',
      after: [
        'Der Link gilt 24 Stunden.',
        'Wenn Sie davon nichts wissen, brauchen Sie nichts zu tun: Ohne Bestätigung ändert sich nichts.',
      ],
    },
    kyc_approved: {
      subject: 'Ihre Identitätsprüfung wurde genehmigt',
      before: ['Ihr Antrag auf Identitätsprüfung bei {service} wurde genehmigt.'],
      action: '{service} öffnen',
      after: signInToRead,
    },
    kyc_rejected: {
      subject: 'Ihre Identitätsprüfung wurde nicht genehmigt',
      before: ['Ihr Antrag auf Identitätsprüfung bei {service} wurde abgelehnt.'],
      action: '{service} öffnen',
      after: ['Den Grund, und was Sie tun können, lesen Sie, sobald Sie sich angemeldet haben.'],
    },
    kyc_information_requested: {
      subject: 'Für Ihre Identitätsprüfung wird noch etwas gebraucht',
      before: ['Für Ihre Identitätsprüfung bei {service} wird noch etwas von Ihnen gebraucht, bevor es weitergeht.'],
      action: '{service} öffnen',
      after: ['Was es ist, lesen Sie, sobald Sie sich angemeldet haben.'],
    },
    kyc_revoked: {
      subject: 'Die Genehmigung Ihrer Identitätsprüfung wurde zurückgenommen',
      before: ['Die Genehmigung Ihrer Identitätsprüfung bei {service} wurde zurückgenommen. Sie gilt nicht mehr.'],
      action: '{service} öffnen',
      after: signInToRead,
    },
    kyc_expired: {
      subject: 'Ihre Identitätsprüfung ist abgelaufen',
      before: [
        'Die Genehmigung Ihrer Identitätsprüfung bei {service} ist abgelaufen. Sie können einen neuen Antrag stellen.',
      ],
      action: '{service} öffnen',
      after: signInToRead,
    },
  },
}

import type { MailLocale } from '../db/schema/mail.ts'

/** What came of a link in a mail. */
export type Outcome = 'verified' | 'approved' | 'changed' | 'expired' | 'invalid'

type Texts = {
  outcome: Record<Outcome, { title: string; text: string }>
  reset: Record<
    | 'title'
    | 'noScript'
    | 'worn'
    | 'askText'
    | 'email'
    | 'askAction'
    | 'asked'
    | 'password'
    | 'rule'
    | 'setAction'
    | 'set'
    | 'failed',
    string
  >
}

const en: Texts = {
  outcome: {
    verified: { title: 'Your e-mail address is confirmed', text: 'Thank you. You can sign in now.' },
    approved: {
      title: 'You have approved the change',
      text: 'One more step: we have sent a mail to the new address. Please open the link in it.',
    },
    changed: { title: 'Your e-mail address has been changed', text: 'From now on, sign in with the new address.' },
    expired: { title: 'This link has expired', text: 'Sign in, or ask for the change again, and you get a new one.' },
    invalid: {
      title: 'This link does not work any more',
      text: 'It was used before, or something has changed since. Sign in, or ask for the change again.',
    },
  },
  reset: {
    title: 'Choose a new password',
    noScript: 'This page needs JavaScript.',
    worn: 'This link does not work any more: it was used before, or is older than an hour.',
    askText: 'We send you a link with which you can choose a new password.',
    email: 'E-mail',
    askAction: 'Send the link',
    asked: 'If there is an account with this address, a mail is on its way. The link in it works for an hour.',
    password: 'New password',
    rule: 'At least 10 characters. All sessions of the account end.',
    setAction: 'Save the password',
    set: 'Your password has been changed. You can sign in with it now.',
    failed: 'That did not work. Please try again in a moment.',
  },
}

const de: Texts = {
  outcome: {
    verified: { title: 'Ihre E-Mail-Adresse ist bestätigt', text: 'Vielen Dank. Sie können sich jetzt anmelden.' },
    approved: {
      title: 'Sie haben der Änderung zugestimmt',
      text: 'Noch ein Schritt: Wir haben eine Nachricht an die neue Adresse geschickt. Bitte öffnen Sie den Link darin.',
    },
    changed: {
      title: 'Ihre E-Mail-Adresse wurde geändert',
      text: 'Melden Sie sich ab jetzt mit der neuen Adresse an.',
    },
    expired: {
      title: 'Dieser Link ist abgelaufen',
      text: 'Melden Sie sich an, oder beginnen Sie die Änderung noch einmal; dann bekommen Sie einen neuen.',
    },
    invalid: {
      title: 'Dieser Link gilt nicht mehr',
      text: 'Er wurde schon benutzt, oder es hat sich seither etwas geändert. Melden Sie sich an, oder beginnen Sie die Änderung noch einmal.',
    },
  },
  reset: {
    title: 'Neues Passwort wählen',
    noScript: 'Diese Seite braucht JavaScript.',
    worn: 'Dieser Link gilt nicht mehr: Er wurde schon benutzt oder ist älter als eine Stunde.',
    askText: 'Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen können.',
    email: 'E-Mail',
    askAction: 'Link schicken',
    asked: 'Wenn es ein Konto mit dieser Adresse gibt, ist eine Nachricht unterwegs. Ihr Link gilt eine Stunde.',
    password: 'Neues Passwort',
    rule: 'Mindestens 10 Zeichen. Alle Sitzungen des Kontos enden.',
    setAction: 'Passwort speichern',
    set: 'Ihr Passwort wurde geändert. Sie können sich jetzt damit anmelden.',
    failed: 'Das hat nicht geklappt. Bitte versuchen Sie es gleich noch einmal.',
  },
}

const fr: Texts = {
  outcome: {
    verified: {
      title: 'Votre adresse e-mail est confirmée',
      text: 'Merci. Vous pouvez maintenant vous connecter.',
    },
    approved: {
      title: 'Vous avez approuvé le changement',
      text: 'Encore une étape : nous avons envoyé un message à la nouvelle adresse. Veuillez ouvrir le lien qu’il contient.',
    },
    changed: {
      title: 'Votre adresse e-mail a été modifiée',
      text: 'Connectez-vous désormais avec la nouvelle adresse.',
    },
    expired: {
      title: 'Ce lien a expiré',
      text: 'Connectez-vous, ou recommencez le changement : vous en recevrez un nouveau.',
    },
    invalid: {
      title: 'Ce lien n’est plus valable',
      text: 'Il a déjà été utilisé, ou quelque chose a changé depuis. Connectez-vous, ou recommencez le changement.',
    },
  },
  reset: {
    title: 'Choisir un nouveau mot de passe',
    noScript: 'Cette page a besoin de JavaScript.',
    worn: 'Ce lien n’est plus valable : il a déjà été utilisé ou date de plus d’une heure.',
    askText: 'Nous vous envoyons un lien pour choisir un nouveau mot de passe.',
    email: 'E-mail',
    askAction: 'Envoyer le lien',
    asked: 'S’il existe un compte avec cette adresse, un message est en route. Son lien est valable une heure.',
    password: 'Nouveau mot de passe',
    rule: 'Au moins 10 caractères. Toutes les sessions du compte prennent fin.',
    setAction: 'Enregistrer le mot de passe',
    set: 'Votre mot de passe a été modifié. Vous pouvez maintenant l’utiliser pour vous connecter.',
    failed: 'Cela n’a pas fonctionné. Veuillez réessayer dans un instant.',
  },
}

const nl: Texts = {
  outcome: {
    verified: { title: 'Uw e-mailadres is bevestigd', text: 'Dank u wel. U kunt nu inloggen.' },
    approved: {
      title: 'U hebt de wijziging goedgekeurd',
      text: 'Nog één stap: we hebben een bericht naar het nieuwe adres gestuurd. Open alstublieft de link daarin.',
    },
    changed: { title: 'Uw e-mailadres is gewijzigd', text: 'Log voortaan in met het nieuwe adres.' },
    expired: {
      title: 'Deze link is verlopen',
      text: 'Log in, of vraag de wijziging opnieuw aan; dan krijgt u een nieuwe.',
    },
    invalid: {
      title: 'Deze link werkt niet meer',
      text: 'Hij is al gebruikt, of er is sindsdien iets veranderd. Log in, of vraag de wijziging opnieuw aan.',
    },
  },
  reset: {
    title: 'Nieuw wachtwoord kiezen',
    noScript: 'Deze pagina heeft JavaScript nodig.',
    worn: 'Deze link werkt niet meer: hij is al gebruikt of ouder dan een uur.',
    askText: 'We sturen u een link waarmee u een nieuw wachtwoord kunt kiezen.',
    email: 'E-mail',
    askAction: 'Link sturen',
    asked: 'Als er een account met dit adres is, is er een bericht onderweg. De link erin is een uur geldig.',
    password: 'Nieuw wachtwoord',
    rule: 'Minstens 10 tekens. Alle sessies van het account eindigen.',
    setAction: 'Wachtwoord opslaan',
    set: 'Uw wachtwoord is gewijzigd. U kunt er nu mee inloggen.',
    failed: 'Dat is niet gelukt. Probeer het zo meteen opnieuw.',
  },
}

export const accountPageTexts: Record<MailLocale, Texts> = { en, de, fr, nl }

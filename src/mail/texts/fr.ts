import type { MailTexts } from './text.ts'

const signInToRead = ['Vous pourrez en lire les détails une fois connecté.']

export const fr: MailTexts = {
  greeting: 'Bonjour,',
  greetingTo: 'Bonjour {name},',
  kinds: {
    email_verification: {
      subject: 'Confirmez votre adresse e-mail',
      before: [
        'Un compte a été ouvert chez {service} avec cette adresse e-mail. Veuillez confirmer qu’elle est bien la vôtre.',
      ],
      action: 'Confirmer l’adresse',
      after: [
        'Le lien est valable 24 heures.',
        'Si vous n’avez pas ouvert de compte, vous n’avez rien à faire : sans confirmation, personne ne peut se connecter.',
      ],
    },
    account_exists: {
      subject: 'Vous avez déjà un compte',
      before: [
        'Quelqu’un vient d’essayer d’ouvrir un compte chez {service} avec cette adresse e-mail. Il en existe déjà un ; il n’a pas été modifié.',
        'Si c’était vous : connectez-vous comme d’habitude, ou choisissez un nouveau mot de passe si vous avez oublié le vôtre.',
      ],
      action: 'Choisir un nouveau mot de passe',
      after: ['Si ce n’était pas vous, vous n’avez rien à faire.'],
    },
    password_reset: {
      subject: 'Choisissez un nouveau mot de passe',
      before: ['Un nouveau mot de passe a été demandé pour votre compte chez {service}.'],
      action: 'Choisir un nouveau mot de passe',
      after: [
        'Le lien est valable une seule fois, pendant une heure. Un nouveau mot de passe met fin à toutes les sessions du compte.',
        'Si vous n’avez rien demandé, vous n’avez rien à faire : votre mot de passe reste le même.',
      ],
    },
    email_change_approval: {
      subject: 'Approuvez votre nouvelle adresse e-mail',
      before: ['L’adresse e-mail de votre compte chez {service} doit devenir {address}.'],
      action: 'Approuver le changement',
      after: [
        'Le lien est valable 24 heures. La nouvelle adresse devra aussi être confirmée, par un message qui y sera envoyé.',
        'Si vous n’avez rien demandé, n’ouvrez pas le lien et changez votre mot de passe : quelqu’un est connecté en votre nom.',
      ],
    },
    email_change: {
      subject: 'Confirmez votre nouvelle adresse e-mail',
      before: [
        'Cette adresse e-mail doit devenir celle d’un compte chez {service}. Veuillez confirmer qu’elle est bien la vôtre.',
      ],
      action: 'Confirmer l’adresse',
      after: [
        'Le lien est valable 24 heures.',
        'Si cela ne vous dit rien, vous n’avez rien à faire : sans confirmation, rien ne change.',
      ],
    },
    kyc_approved: {
      subject: 'Votre vérification d’identité a été approuvée',
      before: ['Votre demande de vérification d’identité chez {service} a été approuvée.'],
      action: 'Ouvrir {service}',
      after: signInToRead,
    },
    kyc_rejected: {
      subject: 'Votre vérification d’identité n’a pas été approuvée',
      before: ['Votre demande de vérification d’identité chez {service} a été rejetée.'],
      action: 'Ouvrir {service}',
      after: ['Vous pourrez lire le motif, et ce que vous pouvez faire, une fois connecté.'],
    },
    kyc_information_requested: {
      subject: 'Il manque quelque chose à votre vérification d’identité',
      before: ['Il nous manque un élément de votre part pour poursuivre votre vérification d’identité chez {service}.'],
      action: 'Ouvrir {service}',
      after: ['Vous pourrez lire de quoi il s’agit une fois connecté.'],
    },
    kyc_revoked: {
      subject: 'L’approbation de votre vérification d’identité a été retirée',
      before: ['L’approbation de votre vérification d’identité chez {service} a été retirée. Elle n’est plus valable.'],
      action: 'Ouvrir {service}',
      after: signInToRead,
    },
    kyc_expired: {
      subject: 'Votre vérification d’identité a expiré',
      before: [
        'L’approbation de votre vérification d’identité chez {service} a expiré. Vous pouvez faire une nouvelle demande.',
      ],
      action: 'Ouvrir {service}',
      after: signInToRead,
    },
  },
}

import type { MailTexts } from './text.ts'

const signInToRead = ['U kunt de details lezen zodra u bent ingelogd.']

export const nl: MailTexts = {
  greeting: 'Hallo,',
  greetingTo: 'Hallo {name},',
  kinds: {
    email_verification: {
      subject: 'Bevestig uw e-mailadres',
      before: ['Met dit e-mailadres is een account geopend bij {service}. Bevestig alstublieft dat het van u is.'],
      action: 'Adres bevestigen',
      after: [
        'De link is 24 uur geldig.',
        'Hebt u geen account geopend, dan hoeft u niets te doen: zonder bevestiging kan niemand inloggen.',
      ],
    },
    account_exists: {
      subject: 'U hebt al een account',
      before: [
        'Iemand heeft zojuist geprobeerd met dit e-mailadres een account te openen bij {service}. Er is er al een; daaraan is niets veranderd.',
        'Was u het zelf: log in zoals u gewend bent, of kies een nieuw wachtwoord als u het uwe niet meer weet.',
      ],
      action: 'Nieuw wachtwoord kiezen',
      after: ['Was u het niet, dan hoeft u niets te doen.'],
    },
    password_reset: {
      subject: 'Kies een nieuw wachtwoord',
      before: ['Er is een nieuw wachtwoord aangevraagd voor uw account bij {service}.'],
      action: 'Nieuw wachtwoord kiezen',
      after: [
        'De link werkt één keer, binnen een uur. Een nieuw wachtwoord beëindigt alle sessies van het account.',
        'Hebt u dit niet aangevraagd, dan hoeft u niets te doen: uw wachtwoord blijft hetzelfde.',
      ],
    },
    email_change_approval: {
      subject: 'Keur uw nieuwe e-mailadres goed',
      before: ['Het e-mailadres van uw account bij {service} moet {address} worden.'],
      action: 'De wijziging goedkeuren',
      after: [
        'De link is 24 uur geldig. Ook het nieuwe adres moet worden bevestigd, met een bericht dat daarheen gaat.',
        'Hebt u dit niet gevraagd, open de link dan niet en wijzig uw wachtwoord: iemand is onder uw naam ingelogd.',
      ],
    },
    email_change: {
      subject: 'Bevestig uw nieuwe e-mailadres',
      before: ['Dit e-mailadres moet dat van een account bij {service} worden. Bevestig alstublieft dat het van u is.'],
      action: 'Adres bevestigen',
      after: [
        'De link is 24 uur geldig.',
        'Weet u hier niets van, dan hoeft u niets te doen: zonder bevestiging verandert er niets.',
      ],
    },
    kyc_approved: {
      subject: 'Uw identiteitscontrole is goedgekeurd',
      before: ['Uw aanvraag voor de identiteitscontrole bij {service} is goedgekeurd.'],
      action: '{service} openen',
      after: signInToRead,
    },
    kyc_rejected: {
      subject: 'Uw identiteitscontrole is niet goedgekeurd',
      before: ['Uw aanvraag voor de identiteitscontrole bij {service} is afgewezen.'],
      action: '{service} openen',
      after: ['U kunt de reden, en wat u kunt doen, lezen zodra u bent ingelogd.'],
    },
    kyc_information_requested: {
      subject: 'Voor uw identiteitscontrole is nog iets nodig',
      before: ['Voor uw identiteitscontrole bij {service} is nog iets van u nodig voordat die verder kan.'],
      action: '{service} openen',
      after: ['U kunt lezen wat het is zodra u bent ingelogd.'],
    },
    kyc_revoked: {
      subject: 'De goedkeuring van uw identiteitscontrole is ingetrokken',
      before: ['De goedkeuring van uw identiteitscontrole bij {service} is ingetrokken. Zij geldt niet meer.'],
      action: '{service} openen',
      after: signInToRead,
    },
    kyc_expired: {
      subject: 'Uw identiteitscontrole is verlopen',
      before: ['De goedkeuring van uw identiteitscontrole bij {service} is verlopen. U kunt een nieuwe aanvraag doen.'],
      action: '{service} openen',
      after: signInToRead,
    },
  },
}

import type { MailLocale } from '../../db/schema/mail.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'
import { nl } from './nl.ts'
import type { MailTexts } from './text.ts'

export const mailTexts: Record<MailLocale, MailTexts> = { en, de, fr, nl }

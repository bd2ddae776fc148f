import { type MailLocale, mailLocales } from '../db/schema/mail.ts'

/** As many as browsers send, and then some: the header is anybody's text. */
const maxRanges = 20

/** The first of these tags (BCP 47) whose language mails are written in: de-AT is de. */
export const supportedLocale = (tags: readonly (string | null | undefined)[]): MailLocale | null =>
  tags.flatMap((tag) => mailLocales.find((locale) => locale === tag?.split('-', 1)[0]?.toLowerCase()) ?? [])[0] ?? null

/** What an Accept-Language (RFC 9110) asks for, the most wanted first. */
export function acceptedLanguages(header: string | null | undefined): string[] {
  const ranges = (header ?? '').split(',', maxRanges).map((range) => {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim())
    const quality = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2)
    return { tag, quality: quality === undefined ? 1 : Number(quality) || 0 }
  })
  return ranges
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag)
}

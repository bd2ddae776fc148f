import type { MailKind, MailLocale } from '../db/schema/mail.ts'
import { mailTexts } from './texts/index.ts'

export type Rendered = { subject: string; text: string; html: string }
type Facts = {
  kind: MailKind
  locale: MailLocale
  /** What the sender calls itself. */
  service: string
  link: string
  /** Whom it is for; what people call themselves may be anything. */
  name?: string | undefined
  /** The address that a change leads to. */
  newAddress?: string | undefined
}

const maxNameLength = 100
const style = {
  body: 'margin:0;padding:24px;background:#f6f7fb;color:#1e2233;font:16px/1.55 system-ui,-apple-system,Segoe UI,Roboto,sans-serif',
  card: 'max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border:1px solid #e3e5ef;border-radius:12px',
  action:
    'display:inline-block;padding:10px 18px;border-radius:8px;background:#4f46e5;color:#ffffff;font-weight:600;text-decoration:none',
  link: 'color:#5b6178;font-size:13px;word-break:break-all',
}

/** The same sentences as plain text and as HTML: nothing remote in it, no picture, nothing that tells that it was read. */
export function render({ kind, locale, service, link, name, newAddress }: Facts): Rendered {
  const { greeting, greetingTo, kinds } = mailTexts[locale]
  const { subject, before, action, after } = kinds[kind]
  const values = {
    service: oneLine(service),
    name: [...oneLine(name ?? '')].slice(0, maxNameLength).join(''),
    address: oneLine(newAddress ?? ''),
  }
  const fill = (text: string) =>
    text.replace(/\{(service|name|address)\}/g, (_, key: keyof typeof values) => values[key])
  const opening = [values.name ? greetingTo : greeting, ...before].map(fill)
  const closing = after.map(fill)
  const title = fill(subject)

  const paragraph = (content: string) => `<p style="margin:0 0 16px">${content}</p>`
  const html = [
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>`,
    `<body style="${style.body}"><div style="${style.card}">`,
    ...opening.map((sentence) => paragraph(escaped(sentence))),
    paragraph(`<a href="${escaped(link)}" style="${style.action}">${escaped(fill(action))}</a>`),
    paragraph(`<span style="${style.link}">${escaped(link)}</span>`),
    ...closing.map((sentence) => paragraph(escaped(sentence))),
    '</div></body></html>',
  ].join('\n')
  const text = [...opening, `${fill(action)}\n${link}`, ...closing, ''].join('\n\n').trimEnd()
  return { subject: title, text: `${text}\n`, html }
}

/** No line break, nothing invisible: neither a header nor a further line can be made of it. */
const oneLine = (text: string) => text.replace(/[\p{C}\p{Z}\s]+/gu, ' ').trim()

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!)

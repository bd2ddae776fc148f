import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MailLocale } from '../db/schema/mail.ts'
import { acceptedLanguages, supportedLocale } from '../mail/locale.ts'
import { accountPageTexts, type Outcome } from './account-page-texts.ts'
import { createPage, icon, type Page, pagePart, sendPage } from './page.ts'

/** Where the links in mails lead, in the language of the browser that opens them. */
export function createAccountPages() {
  const pages = new Map<string, Promise<Page>>()
  /** Few, and each made once: by language, and by what is to be said. */
  const once = (key: string, make: () => Promise<Page>) => {
    const page = pages.get(key) ?? make()
    pages.set(key, page)
    page.catch(() => pages.delete(key))
    return page
  }

  return {
    async showEmailConfirmed(req: IncomingMessage, res: ServerResponse) {
      const locale = localeOf(req)
      const outcome = outcomeOf(req)
      const { title, text } = accountPageTexts[locale].outcome[outcome]
      send(req, res, await once(`${locale} ${outcome}`, () => render(locale, title, `<p>${text}</p>`)))
    },
    async showResetPassword(req: IncomingMessage, res: ServerResponse) {
      const locale = localeOf(req)
      send(req, res, await once(locale, () => renderReset(locale)))
    },
  }
}

function send(req: IncomingMessage, res: ServerResponse, page: Page) {
  res.setHeader('vary', 'accept-language')
  sendPage(req, res, page)
}

const localeOf = (req: IncomingMessage): MailLocale =>
  supportedLocale(acceptedLanguages(req.headers['accept-language'])) ?? 'en'

/** Better Auth adds `error` to the page that a link names; which step it is, our mails have said themselves. */
function outcomeOf(req: IncomingMessage): Outcome {
  const query = new URL(req.url ?? '/', 'http://gateway').searchParams
  const error = query.get('error')
  if (error !== null) return error === 'TOKEN_EXPIRED' ? 'expired' : 'invalid'
  const step = query.get('step')
  return step === 'approval' ? 'approved' : step === 'change' ? 'changed' : 'verified'
}

async function renderReset(locale: MailLocale): Promise<Page> {
  const texts = accountPageTexts[locale].reset
  const [form, script] = await Promise.all([pagePart('reset-password.html'), pagePart('reset-password.js')])
  const filled = form.replace(/%(\w+)%/g, (_, name: keyof typeof texts) => texts[name])
  return render(locale, texts.title, `${filled}<script>${script}</script>`)
}

async function render(locale: MailLocale, title: string, content: string): Promise<Page> {
  const [style, mark] = await Promise.all([pagePart('card.css'), icon()])
  const html = `<!doctype html>
<html lang="${locale}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <title>${title} · Gatehouse</title>
    <link rel="icon" href="${mark}" />
    <style>${style}</style>
  </head>
  <body>
    <main>
      <header><img src="${mark}" alt="" />Gatehouse</header>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>`
  return createPage(html, { 'connect-src': "'self'" })
}

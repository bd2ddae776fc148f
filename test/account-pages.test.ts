import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { eventually } from './harness/log.ts'
import { createTestLog } from './harness/mail.ts'
import { chromiumPath, hasChromium } from './setup/missing-services.ts'

const log = createTestLog()
let stack: Stack
let gateway: TestGateway

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({}, { logger: log.logger })
})
afterAll(() => stack.stop())

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway.url}${path}`, { headers })

describe('the pages that links in mails lead to', () => {
  it('speak the language of the browser, and may be kept for that language only', async () => {
    for (const [language, title] of [
      ['de-AT,de;q=0.9,en;q=0.8', 'Neues Passwort wählen'],
      ['pt,fr;q=0.3', 'Choisir un nouveau mot de passe'],
      ['nl-BE', 'Nieuw wachtwoord kiezen'],
      ['tlh', 'Choose a new password'],
    ] as const) {
      const response = await get('/reset-password', { 'accept-language': language })
      expect(response.headers.get('vary')).toContain('accept-language')
      expect(await response.text()).toContain(`<h1>${title}</h1>`)
    }
  })

  it('say what came of a link, and nothing that the link says', async () => {
    for (const [query, title] of [
      ['', 'Your e-mail address is confirmed'],
      ['?step=approval', 'You have approved the change'],
      ['?step=change', 'Your e-mail address has been changed'],
      ['?step=change&error=TOKEN_EXPIRED', 'This link has expired'],
      ['?error=%3Cscript%3E', 'This link does not work any more'],
      ['?step=%3Cscript%3Ealert(1)%3C/script%3E', 'Your e-mail address is confirmed'],
    ] as const) {
      const response = await get(`/email-confirmed${query}`)
      const html = await response.text()
      expect([response.status, html.includes(`<h1>${title}</h1>`), html.includes('<script')]).toEqual([
        200,
        true,
        false,
      ])
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'none'")
    }
  })
})

describe.skipIf(!hasChromium())('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())

  async function visit(url: string) {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 900, height: 640 } })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(url)
    return { page, complaints }
  }
  const linksFor = (kind: string) =>
    log.lines.flatMap((line) => {
      const { mail, link } = JSON.parse(line) as { mail?: string; link?: string }
      return mail === kind && link ? [link] : []
    })

  /** By the form, as somebody who has forgotten the password. */
  async function askForLink(page: Page, { email }: Person) {
    const before = linksFor('password_reset').length
    await page.getByLabel('E-mail').fill(email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByText('a mail is on its way').waitFor()
    await eventually(() => linksFor('password_reset').length).toBe(before + 1)
    return linksFor('password_reset').at(-1)!
  }

  it('a password is forgotten, a link asked for, and a new password chosen with it, once', async () => {
    const seed = people(gateway)
    const person = await seed.investor()
    const { page, complaints } = await visit(`${gateway.url}/reset-password`)
    const link = await askForLink(page, person)

    await page.goto(link)
    // What lets somebody in stays neither in the address bar nor in the history.
    await page.waitForURL(`${gateway.url}/reset-password`)
    await page.getByLabel('New password').fill('another battery staple')
    await page.getByRole('button', { name: 'Save the password' }).click()
    await page.getByText('Your password has been changed').waitFor()
    expect(await page.getByLabel('New password').isVisible()).toBe(false)
    await expect(seed.signIn(person.email)).rejects.toThrow('401')
    const signedIn = await seed.post('/sign-in/email', { email: person.email, password: 'another battery staple' })
    expect(signedIn.status).toBe(200)
    expect(await gateway.services.viewers.resolve(person.token)).toMatchObject({ kind: 'anonymous' })

    await page.goto(link)
    await page.getByText('This link does not work any more').waitFor()
    expect(await page.getByLabel('E-mail').isVisible()).toBe(true)
    expect(complaints).toEqual([])
  })

  it('a link that was worn while its page was open is said to be, and another is offered', async () => {
    const person = await people(gateway).investor()
    const { page } = await visit(`${gateway.url}/reset-password`)
    const link = await askForLink(page, person)
    await page.goto(link)
    await gateway.services.pool.query(`delete from verifications where value = $1`, [person.id])
    await page.getByLabel('New password').fill('another battery staple')
    await page.getByRole('button', { name: 'Save the password' }).click()
    await page.getByText('This link does not work any more').waitFor()
    expect(await page.getByRole('button', { name: 'Send the link' }).isVisible()).toBe(true)
  })
})

import { parse } from 'graphql'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { examples } from '../src/server/examples.ts'
import { cookieOf, type GraphQLBody, postGraphQL } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { complete, details, kycOperations } from './harness/kyc.ts'
import { eventually } from './harness/log.ts'
import { startCeph } from './services/ceph.ts'
import { chromiumPath, hasChromium } from './setup/missing-services.ts'

const demoPerson = { email: 'demo@example.com', password: 'correct horse battery', label: 'Ida, investor' }

let stack: Stack
let gateway: TestGateway
let ceph: Awaited<ReturnType<typeof startCeph>> | undefined

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway(await storeOfItsOwn(), { demoPeople: [demoPerson] })
  await people(gateway).post('/sign-up/email', { ...demoPerson, name: 'Ida' })
})
afterAll(async () => {
  await stack.stop()
  await ceph?.stop()
})

/** A store takes uploads from the pages of one gateway: one that other tests share may be somebody else's by now. */
async function storeOfItsOwn(): Promise<Record<string, string>> {
  if (!inject('stack').store) return {}
  ceph = await startCeph()
  return {
    S3_ENDPOINT: ceph.endpoint,
    S3_REGION: ceph.region,
    S3_ACCESS_KEY_ID: ceph.accessKeyId,
    S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
  }
}

describe('the examples in the tabs', () => {
  const run = async (name: string, person: Person, change: (variables: Record<string, unknown>) => void = () => {}) => {
    const { query, variables } = structuredClone(examples.find((example) => example.name === name)!)
    change(variables ?? {})
    const operationName = /^(?:query|mutation) (\w+)/m.exec(query)?.[1]
    const { body } = await postGraphQL(
      gateway,
      { query, variables, operationName },
      { authorization: `Bearer ${person.token}` },
    )
    expect(body.errors, name).toBeUndefined()
    return body.data as NonNullable<GraphQLBody['data']>
  }

  it('are the main job, and each does what it says', async () => {
    const seed = people(gateway)
    const [investor, reviewer] = [await seed.investor(), await seed.reviewer()]
    expect(await run('WhoAmI', investor)).toMatchObject({ viewer: { email: investor.email, kycStatus: null } })
    const created = await run('CreateApplication', investor)
    const { id } = (created.createKycApplication as { application: { id: string } }).application
    const named = (variables: Record<string, unknown>) =>
      Object.assign(variables.input as object, { applicationId: id })
    await run('FillApplication', investor, named)

    const submit = examples.find(({ name }) => name === 'SubmitApplication')!
    const early = await postGraphQL(
      gateway,
      { query: submit.query, variables: { input: { applicationId: id } } },
      { authorization: `Bearer ${investor.token}` },
    )
    expect(early.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])

    const other = await seed.investor()
    const ready = await complete(other)
    const ofOther = (variables: Record<string, unknown>) =>
      Object.assign(variables.input as object, { applicationId: ready })
    await run('SubmitApplication', other, ofOther)
    expect(await run('ReviewQueue', reviewer)).toMatchObject({ kycApplications: { nodes: [{ id: ready }] } })
    const approved = await run('Approve', reviewer, ofOther)
    expect(approved).toMatchObject({ approveKycApplication: { application: { status: 'APPROVED' } } })
    expect(await run('Resume', other)).toMatchObject({ eventCursor: expect.any(String) })
  })

  it('are what else there is: rates, settings, transfers, people', async () => {
    const seed = people(gateway)
    const [investor, reviewer] = [await seed.investor(), await seed.reviewer()]
    const { exchangeRates } = await run('Rates', investor)
    expect(exchangeRates).toMatchObject([{ quote: 'EUR' }, { quote: 'JPY' }, { quote: 'USD' }])
    expect(await run('Settings', investor)).toMatchObject({ updateUserSettings: { settings: { locale: 'nl-NL' } } })
    expect(await run('Transfers', investor)).toMatchObject({ tokenTransfers: { nodes: [] } })
    expect(await run('People', reviewer)).toMatchObject({ users: { totalCount: expect.any(Number) } })
  })

  it('are named by their operations', () => {
    expect(new Set(examples.map(({ name }) => name)).size).toBe(examples.length)
    for (const { query } of examples) expect(() => parse(query)).not.toThrow()
  })
})

describe.skipIf(!hasChromium())('GraphiQL in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
  })
  afterAll(() => browser.close())

  /** A new visitor, and everything that their browser asks of the network or complains of. */
  async function visit() {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const requests: string[] = []
    const complaints: string[] = []
    context.on('request', (request) => requests.push(request.url()))
    page.on('websocket', (socket) => requests.push(socket.url()))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${gateway.url}/graphql`)
    await page.locator('.graphiql-execute-button').waitFor()
    return { page, requests, complaints }
  }

  async function signInAsDemoPerson(page: Page) {
    await page.getByRole('button', { name: demoPerson.label }).click()
    await page.getByText(demoPerson.email).waitFor()
    await page.locator('.graphiql-execute-button').waitFor()
  }

  /** What GraphiQL answers; its editor writes spaces that do not break. */
  const shownBy = async (page: Page) =>
    (await page.locator('.result-window').textContent())?.replaceAll('\u00a0', ' ') ?? ''

  /** A click is lost on a GraphiQL that has not quite begun: whoever works in a tab looks each time whether it is open. */
  async function openTab(page: Page, name: string) {
    const isOpen = (await page.getByRole('tab', { name, selected: true }).count()) > 0
    if (!isOpen) await page.getByRole('tab', { name }).click()
  }

  /** Runs what is in a tab until it answers so: GraphiQL takes a moment to see which operation it is. */
  async function runTab(page: Page, name: string, shown: string) {
    await expect
      .poll(async () => {
        await openTab(page, name)
        await page.locator('.graphiql-execute-button').click()
        await page.waitForTimeout(300)
        return shownBy(page)
      })
      .toContain(shown)
  }

  /** Runs the subscription in a tab: likewise until there is a socket. A second click would stop it. */
  async function subscribe(page: Page, name: string, requests: string[]) {
    const sockets = () => requests.filter((url) => url.startsWith('ws:')).length
    await expect
      .poll(
        async () => {
          await openTab(page, name)
          const button = page.locator('.graphiql-execute-button[aria-label^="Execute"]')
          if (sockets() === 0 && (await button.count()) > 0) await button.click()
          return sockets()
        },
        { interval: 300 },
      )
      .toBe(1)
  }

  it('asks nobody but this machine, runs a query, and shows an event as it happens', async () => {
    const { page, requests, complaints } = await visit()
    await signInAsDemoPerson(page)
    await runTab(page, 'WhoAmI', demoPerson.email)

    await subscribe(page, 'LiveStatus', requests)
    await page.evaluate(async () => {
      await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'mutation { createKycApplication(input: {}) { application { id } } }' }),
      })
    })
    await eventually(() => shownBy(page)).toContain('"toStatus": "DRAFT"')

    expect(complaints).toEqual([])
    const own = [gateway.url, gateway.url.replace('http', 'ws'), 'blob:', 'data:']
    expect(requests.filter((url) => !own.some((start) => url.startsWith(start)))).toEqual([])
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT })
  })

  it('keeps its tabs when somebody signs in, and shows who it is; signed out it is nobody', async () => {
    const { page } = await visit()
    const tabs = page.getByRole('tab')
    const before = await tabs.allInnerTexts()
    await page.getByRole('button', { name: 'Sign in', exact: true }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Sign in' })
    await dialog.getByLabel('E-mail').fill(demoPerson.email)
    await dialog.getByLabel('Password').fill('wrong horse battery')
    await dialog.getByLabel('Password').press('Enter')
    await dialog.getByText('Invalid email or password').waitFor()
    await dialog.getByLabel('Password').fill(demoPerson.password)
    await dialog.getByLabel('Password').press('Enter')
    await page.getByText(demoPerson.email).waitFor()
    await page.locator('.graphiql-execute-button').waitFor()
    expect(await tabs.allInnerTexts()).toEqual(before)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign up' }).first().waitFor()
    await runTab(page, 'WhoAmI', '"viewer": null')
  })

  it('takes a key in the headers, for operations and for subscriptions', async () => {
    const seed = people(gateway)
    const [partner, investor] = [
      await seed.key({ owner: await seed.admin(), scopes: ['kyc:read'] }),
      await seed.investor(),
    ]
    const application = await complete(investor)
    const { page, requests, complaints } = await visit()
    const asTheKey = async (name: string) => {
      await openTab(page, name)
      await page.getByRole('button', { name: 'Headers', exact: true }).click()
      const editor = page.locator('.graphiql-editor-tool .monaco-editor:visible')
      const headers = JSON.stringify({ 'x-api-key': partner.key })
      const written = async () => (await editor.locator('.view-lines').textContent())?.replaceAll('\u00a0', ' ')
      // The editor of another tab is shown for a moment, and what is written into it is gone with it.
      await expect
        .poll(async () => {
          await page.waitForTimeout(500)
          await openTab(page, name)
          if ((await written()) !== headers) {
            await editor.click()
            await page.keyboard.press('Control+A')
            await page.keyboard.insertText(headers)
          }
          await page.waitForTimeout(500)
          return written()
        })
        .toBe(headers)
    }
    await asTheKey('LiveStatus')
    await subscribe(page, 'LiveStatus', requests)
    await eventually(() => gateway.services.tails.of('kyc').waiting).toBeGreaterThan(0)
    await investor.get(kycOperations.submit, { id: application })
    await eventually(() => shownBy(page)).toContain('"toStatus": "SUBMITTED"')
    expect(await shownBy(page)).toContain(application)

    await asTheKey('ReviewQueue')
    await runTab(page, 'ReviewQueue', application)
    expect(complaints).toEqual([])
  })

  it('signs somebody up', async () => {
    const { page } = await visit()
    await page.getByRole('button', { name: 'Sign up' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Sign up' })
    await dialog.getByLabel('Name').fill('New Person')
    await dialog.getByLabel('E-mail').fill('new.person@example.com')
    await dialog.getByLabel('Password').fill('correct horse battery')
    await dialog.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText('new.person@example.com').waitFor()
    await page.getByText('INVESTOR', { exact: true }).waitFor()
  })

  it('uploads a document to the application that may change, and says what is wrong with one that is not what it claims', async () => {
    const person = await people(gateway).investor()
    await person.get(kycOperations.create, { details })
    const { page, complaints } = await visit()
    const [name = '', value = ''] = (await cookieOf(gateway, person)).split('=', 2)
    await page.context().addCookies([{ name, value, url: gateway.url }])
    await page.reload()
    await page.getByRole('button', { name: 'Upload a document' }).click()
    const dialog = page.getByRole('dialog', { name: 'Upload a document' })
    await expect.poll(() => dialog.getByLabel('Application').inputValue()).toMatch(/^kyc_/)
    await dialog.getByLabel('What it is').selectOption('PROOF_OF_ADDRESS')
    const upload = async (name: string, mimeType: string, bytes: Buffer) => {
      await dialog.getByLabel('File').setInputFiles({ name, mimeType, buffer: bytes })
      await dialog.getByRole('button', { name: 'Upload' }).click()
    }
    await upload('page.pdf', 'application/pdf', Buffer.from('<!doctype html><p>no PDF'))
    await dialog.locator('[data-kind="bad"]').waitFor()
    await upload(
      'bill.pdf',
      'application/pdf',
      Buffer.from('%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n'),
    )
    await dialog.getByText('Stored and checked: application/pdf').waitFor()
    expect(complaints).toEqual([])
    const { rows } = await gateway.services.pool.query(
      'select document_type as type from kyc_documents d join kyc_applications a on a.id = d.application_id where a.user_id = $1',
      [person.id],
    )
    expect(rows).toEqual([{ type: 'proof_of_address' }])
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Chain, startChain } from './harness/chain.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { eventually, logOf } from './harness/log.ts'
import { startNodeProxy } from './harness/node-proxy.ts'
import { freePort } from './services/free-port.ts'
import { chromiumPath, hasChromium } from './setup/missing-services.ts'

const examples = fileURLToPath(new URL('../examples', import.meta.url))

let stack: Stack
let gateway: TestGateway
let person: Person
let chain: Chain
let pagePort: number

beforeAll(async () => {
  stack = await startStack()
  pagePort = await freePort()
  gateway = await stack.startGateway({ TRUSTED_ORIGINS: `http://localhost:${pagePort}` })
  person = await people(gateway).investor()
  chain = await startChain()
})
afterAll(async () => {
  await chain.stop()
  await stack.stop()
})

async function start(name: string, args: string[] = [], variables: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [`${examples}/${name}`, ...args], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await once(child, 'exit')
  }
  onTestFinished(end)
  return { child, end }
}

async function startIndexer(url = chain.url) {
  const seed = people(gateway)
  const { key } = await seed.key({ owner: await seed.admin(), scopes: ['transfers:write'] })
  return start('indexer.ts', [], { GATEWAY_URL: gateway.url, API_KEY: key, RPC_URL: url, TOKENS: chain.token })
}

const kinds = async () =>
  (await logOf(gateway.services, 'transfers')).map(({ type, payload }) => `${type} ${payload.amount}`)

describe('the indexer', () => {
  it('pushes what a chain says, takes back what left it, and may begin anew', async () => {
    const [, holder] = chain.accounts
    const node = await startNodeProxy(chain.url)
    onTestFinished(() => node.stop())
    const indexer = await startIndexer(node.url)
    await chain.mint(holder!, 1n)
    await chain.mine()
    await eventually(kinds).toEqual(['transfer.recorded 1'])
    await chain.mint(holder!, 2n)
    await chain.mine()
    await eventually(kinds).toEqual(['transfer.recorded 1', 'transfer.recorded 2'])
    // After it has looked whether anything left, and before it asks for what is new.
    node.behave(async ({ method }) => {
      if (method !== 'eth_blockNumber') return null
      node.mend()
      await chain.reorganise(1)
      await chain.mine()
      return null
    })
    await eventually(async () => (await kinds()).filter((kind) => kind === 'transfer.retracted 2')).toHaveLength(1)
    await indexer.end()
    const before = await kinds()
    await startIndexer()
    await chain.mint(holder!, 3n)
    await chain.mine()
    await eventually(async () => (await kinds()).at(-1)).toBe('transfer.recorded 3')
    expect((await kinds()).slice(0, before.length)).toEqual(before)
  })
})

describe.skipIf(!hasChromium())('the page', () => {
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
    page = await browser.newPage()
  })
  afterAll(() => browser.close())

  it('shows transfers as they come, stops, and goes on where it stopped', async () => {
    const { child } = await start('serve.ts', [String(pagePort)])
    await once(child.stdout!, 'data')
    await startIndexer()
    const [, holder] = chain.accounts
    const amounts = () => page.locator('#transfers tr td:nth-child(2)').allInnerTexts()
    const mint = async (amount: bigint) => {
      await chain.mint(holder!, amount)
      await chain.mine()
    }

    await page.goto(`http://localhost:${pagePort}/`)
    await page.locator('[name=gateway]').fill(gateway.url)
    await page.locator('[name=email]').fill(person.email)
    await page.locator('[name=password]').fill(person.password)
    await page.getByRole('button', { name: 'Sign in and follow' }).click()
    await eventually(() => gateway.services.tails.of('transfers').waiting).toBeGreaterThan(0)
    await mint(101n)
    await eventually(amounts).toEqual(['101'])
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await eventually(() => page.locator('#status').textContent()).toBe('Stopped.')
    await mint(102n)
    await mint(103n)
    await eventually(async () => (await kinds()).at(-1)).toBe('transfer.recorded 103')
    expect(await amounts()).toEqual(['101'])
    await page.getByRole('button', { name: 'Resume where it stopped' }).click()
    await eventually(amounts).toEqual(['103', '102', '101'])
    await mint(104n)
    await eventually(amounts).toEqual(['104', '103', '102', '101'])
    expect(await page.locator('#seen').textContent()).toBe('4')
  })
})

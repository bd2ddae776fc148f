import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'gatehouse-home-'))
const absent = join(home, 'absent')
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A command to its end. */
async function gatehouse(words: string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['src/cli.ts', ...words], {
    cwd: root,
    env: { PATH: process.env.PATH, DATA_DIR: absent, PORT: '0', LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

it.each([
  ['DATABASE_URL', { DATABASE_URL: 'postgres://gatehouse:hidden@127.0.0.1:1/gatehouse' }],
  ['S3_ENDPOINT', { S3_ENDPOINT: 'http://127.0.0.1:1', S3_ACCESS_KEY_ID: 'gatehouse', S3_SECRET_ACCESS_KEY: 'hidden' }],
  ['REDIS_URL', { REDIS_URL: 'redis://127.0.0.1:1' }],
  [
    'NODE_ENV=production',
    {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://gate.example',
      AUTH_SECRET: 'Vq3mZ8rT1nXc6yKd0sLb5wHf9gJp2uAe',
      ENCRYPTION_KEYS: `k1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')}`,
    },
  ],
])('the demo, whose admin has a public password, is refused where %s is set', async (name, variables) => {
  const { code, output } = await gatehouse(['demo'], variables)
  expect(output).toContain(`${name}: the demo works on embedded parts only`)
  expect(code).toBe(2)
  expect(existsSync(absent)).toBe(false)
})

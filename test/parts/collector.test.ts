import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const collector = new URL('../../src/collector.ts', import.meta.url).href

/** More than the young generation holds, and enough old for the collector to mark it, again and again. */
const garbage = `
  const { collectAlone } = await import(${JSON.stringify(collector)})
  collectAlone(1)
  let kept = []
  for (let n = 0; n < 3e6; n++) {
    kept.push({ n, text: 'x' + n })
    if (n % 5e5 === 0) kept = []
  }
  console.log(kept.length)`

it('on one core the collector works without helpers, whatever this version of V8 makes of that', async () => {
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', garbage], { env: {} })
  expect(stdout.trim()).toBe('499999')
})

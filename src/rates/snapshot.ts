import { readFile } from 'node:fs/promises'
import { checkQuotations } from './check.ts'
import { parseEcb } from './ecb.ts'
import type { RateProvider } from './provider.ts'

export const snapshotSource = 'ecb-snapshot'

const file = new URL('./ecb-snapshot.xml', import.meta.url)

/** What is served where no provider is configured: rates of one past day, which never change and are labelled as such. */
export const snapshotProvider: RateProvider = {
  name: 'the bundled snapshot',
  fetch: async () => checkQuotations(parseEcb(await readFile(file, 'utf8'), snapshotSource)),
}

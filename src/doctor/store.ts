import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { ConfigError } from '../config.ts'
import { assertStoreIn } from '../embedded/command.ts'
import { settingsOf } from '../storage/apply/desired.ts'
import { isApplied } from '../storage/apply/setting.ts'
import { bucketName, buckets } from '../storage/buckets.ts'
import { createStorage, type Storage } from '../storage/index.ts'
import { reasonOf } from '../storage/reason.ts'
import { whyUnreachable } from '../unreachable.ts'
import { type Check, type Finding, failed, ok, type Patient, warning } from './check.ts'
import { probeStore } from './store-probe.ts'

const reachMs = 5_000
const skewWarningMs = 60_000
/** S3 refuses a quarter of an hour; addresses that clients get end early, or are refused, long before. */
const skewFailureMs = 5 * 60_000

/** Where the bytes are. */
export const storeCheck = ({ config, parts }: Patient): Check => ({
  name: 'object store',
  async run() {
    const isEmbedded = config.storage.server === null
    let storage: Storage | null = null
    try {
      if (isEmbedded) assertStoreIn(config)
      storage = createStorage({ server: await parts.storage(), settings: config.storage, timeoutMs: reachMs })
      return await examineStore(storage, { isEmbedded })
    } catch (error) {
      if (error instanceof ConfigError) {
        const advice = '`gatehouse start` makes one; DATA_DIR or S3_ENDPOINT names another'
        return [failed(`there is none in ${config.dataDir}`, advice)]
      }
      return [failed(reasonOf(error), isEmbedded ? `look at ${config.dataDir}` : 'look at S3_ENDPOINT')]
    } finally {
      storage?.close()
    }
  },
})

async function examineStore(storage: Storage, { isEmbedded }: { isEmbedded: boolean }): Promise<Finding[]> {
  const reached = await reachFindings(storage, { isEmbedded })
  if (reached.some(({ state }) => state === 'failed')) return reached
  const access = await accessFindings(storage)
  if (access.length > 0) return [...reached, ...access]
  return [...reached, ...(await settingFindings(storage)), ...(await probeStore(storage))]
}

/** Any answer will do: it has the time of the store in it. */
async function reachFindings({ endpoint, publicEndpoint }: Storage, { isEmbedded }: { isEmbedded: boolean }) {
  const { host } = new URL(endpoint)
  const name = isEmbedded ? `embedded (${host})` : host
  try {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(reachMs), redirect: 'manual' })
    await answer.body?.cancel()
    const findings = [ok(`${name} answers`), clockFinding(answer.headers.get('date'))]
    if (new URL(publicEndpoint).origin === new URL(endpoint).origin) return findings
    return [...findings, await publicFinding(publicEndpoint)]
  } catch (error) {
    const { cause } = error as { cause?: unknown }
    const why = whyUnreachable(cause ?? error) ?? whyUnreachable(error) ?? 'it cannot be reached'
    return [failed(`${name}: ${why}`, 'start it, or correct S3_ENDPOINT')]
  }
}

/** Clients may reach what this machine does not: it is no failure. */
const publicFinding = (publicEndpoint: string) =>
  fetch(publicEndpoint, { signal: AbortSignal.timeout(reachMs), redirect: 'manual' }).then(
    async (answer) => {
      await answer.body?.cancel()
      return ok(`clients reach it at ${new URL(publicEndpoint).host}`)
    },
    () =>
      warning(
        `${new URL(publicEndpoint).host}, where clients are sent, does not answer from here`,
        'see that S3_PUBLIC_ENDPOINT is what browsers can reach',
      ),
  )

function clockFinding(date: string | null) {
  if (date === null) return ok('it tells no time')
  // In whole seconds.
  const skewMs = Math.max(0, Math.abs(Date.parse(date) - Date.now()) - 1_000)
  if (skewMs < skewWarningMs) return ok('its clock is this machine’s')
  const found = `its clock differs from this machine’s by ${Math.round(skewMs / 1000)} s`
  const advice = 'let NTP set both clocks: signatures hold for minutes'
  return (skewMs < skewFailureMs ? warning : failed)(found, advice)
}

/** Whether it knows the key, and has the buckets. Nothing when all is well. */
async function accessFindings(storage: Storage): Promise<Finding[]> {
  const missing: string[] = []
  for (const bucket of buckets) {
    const Bucket = bucketName(storage, bucket)
    try {
      const options = { abortSignal: AbortSignal.timeout(reachMs) }
      await storage.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }), options)
    } catch (error) {
      if ((error as Error).name === 'NoSuchBucket') missing.push(Bucket)
      else return [failed(`${Bucket}: ${reasonOf(error)}`, adviceOn((error as Error).name))]
    }
  }
  if (missing.length === 0) return []
  return [failed(`there is no bucket ${missing.join(', ')}`, 'run `gatehouse storage apply`, or see S3_BUCKET_PREFIX')]
}

const adviceOn = (name: string) =>
  ({
    InvalidAccessKeyId: 'correct S3_ACCESS_KEY_ID',
    SignatureDoesNotMatch: 'correct S3_SECRET_ACCESS_KEY, and S3_REGION',
    RequestTimeTooSkewed: 'let NTP set both clocks',
    AccessDenied: 'let this key list, read, write and delete in the three buckets',
  })[name] ?? 'look at S3_ENDPOINT, S3_REGION and the key'

async function settingFindings(storage: Storage): Promise<Finding[]> {
  const differing: string[] = []
  for (const bucket of buckets) {
    // Whose pages may come is for the gateway to know, which knows its address.
    const settings = settingsOf(storage, bucket, [])
    // Whether it encrypts is tried.
    for (const setting of settings.filter(({ what }) => !what.startsWith('encryption'))) {
      const isAsWanted = await isApplied(setting, reachMs).catch(() => false)
      if (!isAsWanted) differing.push(`${bucketName(storage, bucket)}: ${setting.what}`)
    }
  }
  if (differing.length === 0) return [ok('the buckets are set as they should be')]
  const advice = 'run `gatehouse storage apply`: it sets what this store keeps, and says what it does not'
  return [warning(`not set as they should be: ${differing.join('; ')}`, advice)]
}

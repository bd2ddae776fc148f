import { checkQuotations } from './check.ts'
import { parseEcb } from './ecb.ts'
import { parseOpenErApi } from './open-er-api.ts'
import { type RateProvider, RateProviderError } from './provider.ts'

const maxBytes = 1024 * 1024

/**
 * A provider on the network: which of the formats it speaks is told by its answer. Redirects are not followed: where
 * rates come from is the operator's to say. Its address may hold a key and is never logged.
 */
export const createHttpProvider = (url: string): RateProvider => ({
  name: new URL(url).host,
  async fetch(signal) {
    const { type, text } = await get(url, signal)
    return checkQuotations(isJson(type, text) ? parseOpenErApi(text) : parseEcb(text))
  },
})

const isJson = (type: string, text: string) => /\bjson\b/i.test(type) || text.startsWith('{')

async function get(url: string, signal: AbortSignal) {
  try {
    const response = await fetch(...requestTo(url, signal))
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new RateProviderError(`the provider answered with status ${response.status}`)
    }
    return { type: response.headers.get('content-type') ?? '', text: (await readText(response)).trimStart() }
  } catch (error) {
    if (error instanceof RateProviderError) throw error
    throw new RateProviderError(signal.aborted ? 'the provider took too long' : 'the provider cannot be reached', {
      cause: error,
    })
  }
}

/** `fetch` takes no address with a name and a password in it. */
function requestTo(url: string, signal: AbortSignal): Parameters<typeof fetch> {
  const address = new URL(url)
  const { username, password } = address
  address.username = address.password = ''
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers = {
    accept: 'application/xml, application/json',
    ...(username && { authorization: `Basic ${credentials}` }),
  }
  return [address, { signal, headers, redirect: 'manual' }]
}

/** Counted as it comes, unpacked: what is longer is not read to its end. */
async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new RateProviderError(`the answer is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

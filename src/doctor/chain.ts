import { createNode, type Node } from '../chain/node.ts'
import { assertDatabaseIn } from '../embedded/command.ts'
import { type Check, type Finding, failed, ok, type Patient, warning } from './check.ts'
import { ask } from './database.ts'

/** Far below the head a watcher is still catching up; near it, so much is a pause between two looks. */
const nearBlocks = 100n

export const chainCheck = (patient: Patient): Check => ({ name: 'chain', run: () => findings(patient) })

async function findings(patient: Patient): Promise<Finding[]> {
  const { chain } = patient.config
  if (chain === null) return [ok('no chain is watched (CHAIN_RPC_URL): transfers come by the API alone')]
  const node = createNode({
    url: chain.rpcUrl,
    tokens: chain.tokens,
    timeoutMs: chain.timeoutMs,
    signal: new AbortController().signal,
  })
  try {
    const [chainId, head] = await Promise.all([node.chainId(), node.head()])
    const found = ok(`the node answers: chain ${chainId}, block ${head}, ${chain.tokens.length} tokens`)
    const stored = await storedFindings(patient, chainId, head - BigInt(chain.confirmations)).catch(() => [])
    return [found, ...(await contractFindings(node, chain.tokens)), ...stored]
  } catch (error) {
    return [failed((error as Error).message, 'correct CHAIN_RPC_URL, or wait for the node: the watcher asks it again')]
  }
}

async function contractFindings(node: Node, tokens: readonly string[]): Promise<Finding[]> {
  const isContract = await Promise.all(tokens.map(node.isContract))
  const missing = tokens.filter((_, index) => !isContract[index])
  if (missing.length === 0) return []
  return [warning(`there is no contract at ${missing.join(', ')}`, 'correct CHAIN_TOKENS')]
}

/** Nothing when there is no database to ask: that is another check's matter. */
async function storedFindings({ config, parts }: Patient, chainId: number, confirmed: bigint): Promise<Finding[]> {
  if (config.database === null) assertDatabaseIn(config.dataDir)
  const { url } = await parts.database()
  const { rows } = await ask(url, (client) =>
    client.query<{ number: string; ageSeconds: number }>(
      `select number::text, extract(epoch from now() - stored_at)::float8 as "ageSeconds" from chain_blocks
         where chain_id = $1 order by chain_blocks.number desc limit 1`,
      [chainId],
    ),
  )
  const advice = 'see that a gateway runs with CHAIN_RPC_URL, and what its log says of the chain'
  const [last] = rows
  if (!last) return [warning('no block of it is stored yet', advice)]
  const behind = confirmed - BigInt(last.number)
  const found = `block ${last.number} is stored, ${Math.round(last.ageSeconds)} s ago`
  return [behind > nearBlocks ? warning(`${found}, ${behind} behind the node`, advice) : ok(found)]
}

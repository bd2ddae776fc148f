import { BaseError, createClient, http, keccak256, toBytes } from 'viem'
import { z } from 'zod'

/** Transfer(address,address,uint256), which ERC-20 and ERC-721 share: they differ in what they index. */
const transferTopic = keccak256(toBytes('Transfer(address,address,uint256)'))

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,16}$/i)
  .transform(BigInt)
const lower = z.string().toLowerCase()
const hash = lower.regex(/^0x[0-9a-f]{64}$/)
const block = z.object({ number: quantity, hash, parentHash: hash, timestamp: quantity })
const log = z.object({
  address: lower.regex(/^0x[0-9a-f]{40}$/),
  topics: z.array(hash).min(1).max(4),
  data: lower.regex(/^0x([0-9a-f]{2})*$/),
  blockNumber: quantity,
  blockHash: hash,
  transactionHash: hash,
  logIndex: quantity.transform(Number),
})
export type Block = z.infer<typeof block>
export type Log = z.infer<typeof log>

/** What a node did not answer, or not in a way that could be used. It never tells the node's address, which may hold a key. */
export class NodeError extends Error {
  /** The answer would have been too large: less should be asked for. */
  readonly isTooMuch: boolean
  constructor(message: string, isTooMuch = false) {
    super(message)
    this.isTooMuch = isTooMuch
  }
}

type Options = { url: string; tokens: readonly string[]; timeoutMs: number; signal: AbortSignal }
export type Node = ReturnType<typeof createNode>

/** A node of an EVM chain, by JSON-RPC. It may be wrong, late, or many nodes behind one address: what it answers is checked. */
export function createNode({ url, tokens, timeoutMs, signal }: Options) {
  const transport = http(url, { timeout: timeoutMs, retryCount: 0, fetchOptions: { signal } })
  const client = createClient({ transport })

  async function ask<T>(method: string, params: unknown[], schema: z.ZodType<T>): Promise<T> {
    let answer: unknown
    try {
      answer = await client.request({ method, params } as never)
    } catch (error) {
      throw nodeErrorOf(method, error, url)
    }
    const { data, success } = schema.safeParse(answer)
    if (!success) throw new NodeError(`${method}: the answer is not what a node answers`)
    return data
  }

  const logs = async (where: object) => {
    const found = await ask('eth_getLogs', [{ address: tokens, topics: [transferTopic], ...where }], z.array(log))
    const isAsked = ({ address, topics }: Log) => tokens.includes(address) && topics[0] === transferTopic
    if (!found.every(isAsked)) throw new NodeError('eth_getLogs: logs that were not asked for')
    return found
  }

  return {
    chainId: async () => Number(await ask('eth_chainId', [], quantity)),
    head: () => ask('eth_blockNumber', [], quantity),
    async block(number: bigint): Promise<Block> {
      const found = await ask('eth_getBlockByNumber', [hexOf(number), false], block.nullable())
      if (found?.number !== number) throw new NodeError(`eth_getBlockByNumber: there is no block ${number}`)
      return found
    },
    isContract: async (address: string) => (await ask('eth_getCode', [address, 'latest'], lower)) !== '0x',
    /** By the block's hash a node answers for this very block, or refuses; it does not answer for a block that it lacks. */
    logsOf: ({ hash }: Block) => logs({ blockHash: hash }),
    logsIn: (from: bigint, to: bigint) => logs({ fromBlock: hexOf(from), toBlock: hexOf(to) }),
  }
}

const hexOf = (number: bigint) => `0x${number.toString(16)}`

/** Every provider says it in its own words. */
const tooMuch =
  /block range|range (is )?too|too (large|wide|big|many (results|logs|blocks))|more than [\d,]+ (results|logs|blocks)|limit(ed)? to|response size|exceeds? (the )?(max|limit|range)|query timeout|body too large/i

function nodeErrorOf(method: string, error: unknown, url: string): NodeError {
  const said: string[] = []
  const note = (text: string | undefined) => text && !said.includes(text) && said.push(text)
  for (let found = error; found instanceof Error; found = found.cause) {
    note(found instanceof BaseError ? found.shortMessage : found.message)
    if (found instanceof BaseError) note(found.details)
  }
  const text = said.join(' ').replaceAll(url, '').replace(/\s+/g, ' ').slice(0, 300)
  const tookTooLong =
    error instanceof BaseError && error.walk((cause) => (cause as Error).name === 'TimeoutError') !== null
  return new NodeError(`${method}: ${text}`, tookTooLong || tooMuch.test(text))
}

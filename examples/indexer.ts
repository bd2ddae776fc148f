import { createPublicClient, type Hash, http, parseAbiItem } from 'viem'

/**
 * A small indexer: reads Transfer logs of a chain and pushes them to the gateway with an API key.
 *
 *   GATEWAY_URL=http://localhost:4000 API_KEY=gh_… RPC_URL=http://localhost:8545 TOKENS=0x… node examples/indexer.ts
 *
 * It keeps nothing on disk: a transfer is its (chainId, blockHash, logIndex), so sending one again changes nothing, and
 * it may begin anew at FROM_BLOCK whenever it likes.
 */
const { GATEWAY_URL = 'http://localhost:4000', API_KEY = '', RPC_URL = 'http://localhost:8545' } = process.env
const tokens = (process.env.TOKENS ?? '').split(',').filter(Boolean) as `0x${string}`[]
const transfer = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)')
const firstBlock = BigInt(process.env.FROM_BLOCK ?? 0)
const maxBatch = 500
const maxBlocks = 1_000n
const rememberedBlocks = 128

const chain = createPublicClient({ transport: http(RPC_URL) })
const chainId = await chain.getChainId()

const record = `mutation Record($input: RecordTokenTransfersInput!) {
  recordTokenTransfers(input: $input) { recorded duplicates }
}`
const retract = `mutation Retract($input: RetractTokenTransfersInput!) {
  retractTokenTransfers(input: $input) { retracted }
}`

/** Until it is acknowledged: the mutations may be repeated safely. What is refused for good ends the program. */
async function send(query: string, input: object): Promise<unknown> {
  for (let pause = 100; ; pause = Math.min(pause * 2, 10_000)) {
    try {
      const response = await fetch(new URL('/graphql', GATEWAY_URL), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': API_KEY },
        body: JSON.stringify({ query, variables: { input } }),
      })
      const { data, errors } = (await response.json()) as {
        data: unknown
        errors?: { message: string; extensions: { code: string } }[]
      }
      if (!errors) return data
      const [{ message, extensions }] = errors as [{ message: string; extensions: { code: string } }]
      if (!['UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT', 'INTERNAL'].includes(extensions.code)) {
        console.error(`The gateway refuses: ${extensions.code}: ${message}`)
        process.exit(1)
      }
    } catch (error) {
      console.error(`The gateway cannot be reached: ${(error as Error).message}`)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** Blocks that were sent, newest last: where the chain has other ones now, ours have left it. */
const sent: { number: bigint; hash: Hash }[] = []

async function retractWhatLeft(): Promise<void> {
  const left: Hash[] = []
  for (let last = sent.at(-1); last; last = sent.at(-1)) {
    const found = await chain.getBlock({ blockNumber: last.number }).catch(() => null)
    if (found?.hash === last.hash) break
    left.push(last.hash)
    sent.pop()
  }
  if (left.length > 0) console.log(await send(retract, { chainId, blockHashes: left }))
}

/** False where these blocks do not follow on those that were sent: some of them have left the chain since it was looked. */
async function push(from: bigint, to: bigint): Promise<boolean> {
  // Before its logs: should the chain change in between, this block is found to have left it, and what came with it.
  const last = await chain.getBlock({ blockNumber: to })
  const logs = await chain.getLogs({ address: tokens, event: transfer, fromBlock: from, toBlock: to, strict: true })
  const first = await chain.getBlock({ blockNumber: from })
  if (sent.length > 0 && first.parentHash !== sent.at(-1)?.hash) return false
  const blocks = new Map<Hash, Date>()
  for (const { blockHash } of logs) {
    if (blocks.has(blockHash)) continue
    const { timestamp } = await chain.getBlock({ blockHash })
    blocks.set(blockHash, new Date(Number(timestamp) * 1000))
  }
  for (let index = 0; index < logs.length; index += maxBatch) {
    const transfers = logs.slice(index, index + maxBatch).map(({ address, args, ...log }) => ({
      chainId,
      token: address,
      from: args.from,
      to: args.to,
      amount: String(args.value),
      blockNumber: String(log.blockNumber),
      blockHash: log.blockHash,
      transactionHash: log.transactionHash,
      logIndex: log.logIndex,
      timestamp: blocks.get(log.blockHash),
    }))
    console.log(await send(record, { transfers }))
  }
  sent.push(
    ...[...new Map(logs.map((log) => [log.blockHash, log.blockNumber]))].map(([hash, number]) => ({ hash, number })),
  )
  if (sent.at(-1)?.hash !== last.hash) sent.push({ number: to, hash: last.hash })
  sent.splice(0, sent.length - rememberedBlocks)
  return true
}

for (let next = firstBlock; ; ) {
  await retractWhatLeft()
  const lastSent = sent.at(-1)?.number ?? firstBlock - 1n
  if (lastSent < next - 1n) next = lastSent + 1n
  const head = await chain.getBlockNumber({ cacheTime: 0 })
  if (next > head) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    continue
  }
  const to = next + maxBlocks - 1n < head ? next + maxBlocks - 1n : head
  if (await push(next, to)) next = to + 1n
}

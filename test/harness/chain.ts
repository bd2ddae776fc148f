import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import solc from 'solc'
import {
  type Abi,
  type Address,
  createTestClient,
  type Hex,
  http,
  parseAbi,
  publicActions,
  type TransactionReceipt,
  walletActions,
} from 'viem'
import { freePort } from '../services/free-port.ts'
import { startProcess } from '../services/process.ts'

const require = createRequire(import.meta.url)

/** Contracts of test/fixtures/token.sol, with OpenZeppelin's beneath them. Compiled once by whoever first asks. */
let compiled: Record<'Token' | 'Deed', { abi: Abi; bytecode: Hex }> | undefined
function contracts() {
  compiled ??= compile()
  return compiled
}

function compile() {
  const input = {
    language: 'Solidity',
    sources: { 'token.sol': { content: readFileSync(new URL('../fixtures/token.sol', import.meta.url), 'utf8') } },
    settings: { outputSelection: { 'token.sol': { '*': ['abi', 'evm.bytecode.object'] } } },
  }
  const read = (path: string) => ({ contents: readFileSync(require.resolve(path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }))
  const faults = (output.errors ?? []).filter(({ severity }: { severity: string }) => severity === 'error')
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  const pick = (name: string) => {
    const { abi, evm } = output.contracts['token.sol'][name]
    return { abi: abi as Abi, bytecode: `0x${evm.bytecode.object}` as Hex }
  }
  return { Token: pick('Token'), Deed: pick('Deed') }
}

const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
const anvil = () => require.resolve(`@foundry-rs/anvil-${platform}/bin/anvil`)

export type Chain = Awaited<ReturnType<typeof startChain>>
export type ChainTransfer = { from: string; to: string; amount: string; blockHash: string; logIndex: number }

/** A chain of its own, with a token that nobody has yet. Blocks are mined when the test says so. */
export async function startChain({ chainId = 31_337 }: { chainId?: number } = {}) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const client = createTestClient({ mode: 'anvil', transport: http(url, { retryCount: 0 }), cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions)
  const server = await startProcess({
    name: 'anvil',
    command: anvil(),
    args: ['--port', String(port), '--chain-id', String(chainId), '--no-mining', '--silent'],
    cwd: tmpdir(),
    logFile: join(tmpdir(), `anvil-${port}.log`),
    isReady: () =>
      client.getChainId().then(
        () => true,
        () => false,
      ),
  })
  const accounts = (await client.getAddresses()).map((address) => address.toLowerCase() as Address)
  const [owner] = accounts as [Address]
  const mine = (blocks = 1) => client.mine({ blocks })

  async function deploy(name: 'Token' | 'Deed') {
    const hash = await client.deployContract({ ...contracts()[name], account: owner, chain: null, gas: 5_000_000n })
    await mine()
    const { contractAddress } = await client.getTransactionReceipt({ hash })
    return contractAddress!.toLowerCase() as Address
  }
  const token = await deploy('Token')

  /** In the pool, until a block is mined. */
  const send = (
    functionName: string,
    args: unknown[],
    { account = owner, address = token, name = 'Token' as const } = {},
  ) =>
    client.writeContract({
      address,
      abi: contracts()[name].abi,
      functionName,
      args,
      account,
      chain: null,
      gas: 3_000_000n,
    })

  const transferEvent = parseAbi(['event Transfer(address indexed from, address indexed to, uint256 value)'])

  return {
    url,
    chainId,
    client,
    token,
    accounts,
    mine,
    deploy,
    send,
    mint: (to: Address, amount: bigint) => send('mint', [to, amount]),
    transfer: (to: Address, amount: bigint, account = owner) => send('transfer', [to, amount], { account }),
    burn: (amount: bigint, account = owner) => send('burn', [amount], { account }),
    scatter: (to: Address, times: number) => send('scatter', [to, times]),
    mintDeed: (address: Address, to: Address, id: number) =>
      client.writeContract({
        address,
        abi: contracts().Deed.abi,
        functionName: 'mint',
        args: [to, id],
        account: owner,
        chain: null,
        gas: 3_000_000n,
      }),
    /** Replaces the newest blocks with others: empty ones, but for these transactions, each in the block of its index. */
    reorganise: (depth: number, transactions: [Hex, number][] = []) =>
      client.request({ method: 'anvil_reorg' as never, params: [depth, transactions] as never }),
    receipt: (hash: Hex): Promise<TransactionReceipt> => client.getTransactionReceipt({ hash }),
    rawTransaction: (hash: Hex) =>
      client.request({ method: 'eth_getRawTransactionByHash' as never, params: [hash] as never }) as Promise<Hex>,
    /** What the chain itself says, oldest first. */
    async transfers(): Promise<ChainTransfer[]> {
      const logs = await client.getLogs({
        address: token,
        events: transferEvent,
        fromBlock: 0n,
        toBlock: 'latest',
        strict: true,
      })
      return logs.map(({ args, blockHash, logIndex }) => ({
        from: args.from.toLowerCase(),
        to: args.to.toLowerCase(),
        amount: String(args.value),
        blockHash,
        logIndex,
      }))
    },
    stop: () => server.stop('SIGTERM'),
  }
}

import { randomBytes } from 'node:crypto'
import { getAddress } from 'viem'
import type { PublishTokenMetadataInput } from '../graphql/graphql.ts'
import { graphql } from '../graphql/index.ts'
import type { Person } from './people.ts'

const publish = graphql(`
  mutation PublishToken($input: PublishTokenMetadataInput!) {
    publishTokenMetadata(input: $input) {
      metadata { id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt }
    }
  }
`)
const seal = graphql(`
  mutation SealToken($input: SealTokenMetadataInput!) {
    sealTokenMetadata(input: $input) { metadata { id version sealed metadataUrl logoUrl } }
  }
`)
const read = graphql(`
  query ReadToken($chainId: ChainId!, $address: EvmAddress!) {
    tokenMetadata(chainId: $chainId, address: $address) {
      id version chainId address name symbol decimals description logoUrl metadataUrl sealed updatedAt
    }
  }
`)
const node = graphql(`query TokenNode($id: ID!) { node(id: $id) { id ... on TokenMetadata { name address } } }`)
export const tokenOperations = { publish, seal, read, node }

/** A token that nobody else speaks of, by its checksummed address. */
export const newContract = () => ({ chainId: 1, address: getAddress(`0x${randomBytes(20).toString('hex')}`) })
export type Contract = ReturnType<typeof newContract>

const facts = { name: 'Rue Neuve 1', symbol: 'RUE1', decimals: 18, description: 'A house in Brussels.' }

/** What an admin says of a token. */
export const tokenInput = (contract: Contract, change: Partial<PublishTokenMetadataInput> = {}) => ({
  ...contract,
  ...facts,
  ...change,
})

export async function publishToken(admin: Person, contract: Contract, change: Partial<PublishTokenMetadataInput> = {}) {
  const { publishTokenMetadata } = await admin.get(publish, { input: tokenInput(contract, change) })
  return publishTokenMetadata.metadata
}

export async function sealToken(admin: Person, input: Contract) {
  const { sealTokenMetadata } = await admin.get(seal, { input })
  return sealTokenMetadata.metadata
}

import { getAddress } from 'viem'
import type { Contract, TokenMetadata } from './token.ts'

type Facts = Contract & Pick<TokenMetadata, 'name' | 'symbol' | 'decimals' | 'description'> & { logoUrl: string | null }

/**
 * What is published of a token, as canonical JSON (RFC 8785): the same facts are the same bytes. The names are those of
 * Token Lists, and for the picture that of ERC-1046 as well.
 */
export function metadataDocument({ address, chainId, name, symbol, decimals, description, logoUrl }: Facts): Buffer {
  const fields = {
    address: getAddress(address),
    chainId,
    decimals,
    ...(description !== null && { description }),
    ...(logoUrl !== null && { image: logoUrl, logoURI: logoUrl }),
    name,
    symbol,
  }
  const inOrder = Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1))
  return Buffer.from(JSON.stringify(Object.fromEntries(inOrder)))
}

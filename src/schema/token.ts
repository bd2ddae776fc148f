import { contractTag, tokenTag } from '../log/tags.ts'
import { publishTokenMetadata } from '../resolvers/token/publish.ts'
import { sealTokenMetadata } from '../resolvers/token/seal.ts'
import { publishedUrl, type TokenMetadata as TokenMetadataRow } from '../resolvers/token/token.ts'
import { builder } from './builder.ts'
import { needs } from './permission.ts'
import { compiledRead, readRow } from './read/index.ts'
import { eachHas, narrowedBy, reads, toEverybody } from './tags.ts'

const TokenMetadata = builder.drizzleNode('tokenMetadata', {
  name: 'TokenMetadata',
  description: 'The public face of a token: what a wallet or an explorer shows.',
  id: { column: (token) => token.id },
  select: {},
  extensions: { ...reads('tokens'), ...eachHas(tokenTag) },
  fields: (t) => ({
    chainId: t.expose('chainId', { type: 'ChainId', description: 'The chain of its contract.' }),
    address: t.expose('address', { type: 'EvmAddress', description: 'Its contract.' }),
    version: t.exposeInt('version', { description: 'Grows by one with every change.' }),
    name: t.exposeString('name', { description: 'Its name, 1 to 100 characters.' }),
    symbol: t.exposeString('symbol', { description: 'Its symbol, 1 to 32 characters.' }),
    decimals: t.exposeInt('decimals', { description: 'How many digits of an amount are a fraction, 0 to 255.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'What it is, at most 2,000 characters.',
    }),
    logoUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'A picture (PNG, JPEG or WebP) that anybody may fetch. Another picture has another address.',
      select: { columns: { logoKey: true } },
      resolve: ({ logoKey }, _args, { services }) => logoKey && publishedUrl(services.storage, logoKey),
    }),
    metadataUrl: t.field({
      type: 'URL',
      description:
        'Canonical JSON (RFC 8785) that anybody may fetch and keep: its address has the SHA-256 of its bytes in it, and each change another address. Fields: address, chainId, decimals, name, symbol, and where there are any description and the address of the picture as logoURI and image.',
      select: { columns: { metadataKey: true } },
      resolve: ({ metadataKey }, _args, { services }) => publishedUrl(services.storage, metadataKey),
    }),
    sealed: t.boolean({
      description: 'Once sealed (the token is deployed) it never changes again.',
      select: { columns: { sealedAt: true } },
      resolve: ({ sealedAt }) => sealedAt !== null,
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
})

const ofContract = ({ chainId, address }: { chainId?: unknown; address?: unknown }) =>
  typeof chainId === 'number' && typeof address === 'string' ? [contractTag(chainId, address.toLowerCase())] : null

builder.queryField('tokenMetadata', (t) =>
  t.field({
    type: TokenMetadata,
    nullable: true,
    extensions: { ...toEverybody, ...narrowedBy(ofContract), ...compiledRead },
    description: 'For everybody. Null when nothing is published for this token.',
    args: {
      chainId: t.arg({ type: 'ChainId', required: true, description: 'The chain of its contract.' }),
      address: t.arg({ type: 'EvmAddress', required: true, description: 'Its contract.' }),
    },
    resolve: (_root, { chainId, address }, ctx, info) =>
      readRow({
        ctx,
        info,
        table: 'tokenMetadata',
        values: { chainId, address },
        literals: {},
        query: (contract) => ({ where: contract }),
      }),
  }),
)

const PublishInput = builder.inputType('PublishTokenMetadataInput', {
  description: 'In a further publication an absent description or logo stays as it is, null clears it.',
  fields: (t) => ({
    chainId: t.field({ type: 'ChainId', required: true, description: 'The chain of its contract.' }),
    address: t.field({ type: 'EvmAddress', required: true, description: 'Its contract.' }),
    name: t.string({ required: true, description: '1 to 100 characters, one line.' }),
    symbol: t.string({ required: true, description: '1 to 32 characters, one line.' }),
    decimals: t.int({ required: true, description: '0 to 255.' }),
    description: t.string({ description: '1 to 2,000 characters.' }),
    logoUploadId: t.id({ description: 'Of a requestUpload of one’s own whose bytes were sent. Used once.' }),
  }),
})
const SealInput = builder.inputType('SealTokenMetadataInput', {
  fields: (t) => ({
    chainId: t.field({ type: 'ChainId', required: true, description: 'The chain of its contract.' }),
    address: t.field({ type: 'EvmAddress', required: true, description: 'Its contract.' }),
  }),
})

const payload = (name: string) =>
  builder.objectRef<{ metadata: TokenMetadataRow }>(name).implement({
    fields: (t) => ({
      metadata: t.field({
        type: TokenMetadata,
        description: 'As it is after the change.',
        resolve: ({ metadata }) => metadata as never,
      }),
    }),
  })

builder.mutationFields((t) => ({
  publishTokenMetadata: t.field({
    type: payload('PublishTokenMetadataPayload'),
    ...needs('token:publish'),
    description:
      'Shows a token to everybody, or shows it anew; the same again changes nothing. CONFLICT once it is sealed, and for a logo that was used, is closed or was not sent yet; NOT_FOUND for one that is not one’s own; BAD_USER_INPUT for one that is not what was announced.',
    args: { input: t.arg({ type: PublishInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ metadata: await publishTokenMetadata(ctx, input) }),
  }),
  sealTokenMetadata: t.field({
    type: payload('SealTokenMetadataPayload'),
    ...needs('token:publish'),
    description:
      'Makes what is published final: from then on nobody can change it, admins and the gateway itself included. NOT_FOUND when nothing is published; CONFLICT when it is sealed already, or has changed meanwhile.',
    args: { input: t.arg({ type: SealInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ metadata: await sealTokenMetadata(ctx, input) }),
  }),
}))

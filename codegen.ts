import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: './schema.graphql',
  documents: ['test/**/*.ts', '!test/graphql/**'],
  generates: {
    './test/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        importExtension: '.ts',
        scalars: {
          BigInt: 'string',
          CountryCode: 'string',
          Date: 'string',
          DateTime: 'string',
          EmailAddress: 'string',
          EvmAddress: 'string',
          JSONObject: 'Record<string, unknown>',
          URL: 'string',
        },
      },
    },
  },
}

export default config

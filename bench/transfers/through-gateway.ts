import { Agent, request } from 'node:http'
import { readConfig } from '../../src/config.ts'
import { createCore } from '../../src/core.ts'
import { createLogger } from '../../src/logger.ts'
import { createApiKey } from '../../src/resolvers/api-key.ts'
import { gatewayVariables, startGateway } from '../gateway.ts'
import { seedPeople } from '../people.ts'
import type { Database, Services } from '../services.ts'
import { createLogs } from './logs.ts'

const query = `mutation Record($input: RecordTokenTransfersInput!) {
  recordTokenTransfers(input: $input) { recorded duplicates eventCursor }
}`

/** A key as an operator makes one. */
async function createKey(variables: Record<string, string>) {
  const config = readConfig(variables)
  const logger = createLogger(config.logLevel)
  const databaseUrl = config.database!.url
  const services = createCore({ config, databaseUrl, authSecret: config.auth.secret!, logger })
  try {
    const owner = { ownerEmail: 'person.0@example.com', name: 'bench' }
    return (await createApiKey({ services }, { ...owner, scopes: ['transfers:write'] })).key
  } finally {
    await services[Symbol.asyncDispose]()
  }
}

/** An indexer: the mutation with an API key, one after the other on connections that are kept. */
export async function throughGateway(database: Database, services: Services) {
  const variables = await gatewayVariables({ database, redisUrl: services.redisUrl })
  await seedPeople(database, 1)
  const key = await createKey(variables)
  const gateway = await startGateway(variables, services)
  const agent = new Agent({ keepAlive: true })
  const { port } = new URL(gateway.url)

  const post = (body: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-api-key': key,
      }
      const sent = request({ agent, port, path: '/graphql', method: 'POST', headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part) => {
          text += part
        })
        answer.on('end', () => resolve(text))
      })
      sent.on('error', reject)
      sent.end(body)
    })

  return {
    usage: gateway.ask,
    async record(count: number) {
      const answer = await post(JSON.stringify({ query, variables: { input: { transfers: createLogs(count) } } }))
      if (JSON.parse(answer).data?.recordTokenTransfers.recorded !== count) throw new Error(answer.slice(0, 500))
    },
    async stop() {
      agent.destroy()
      await gateway.stop()
    },
  }
}

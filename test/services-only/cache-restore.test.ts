import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Services } from '../../src/services.ts'
import { asSuperuser } from '../harness/database.ts'
import { appendBySql, connectForTest, databaseForTest, eventually } from '../harness/log.ts'
import { redisOfStack } from '../harness/redis.ts'
import { startTestServices } from '../harness/services.ts'

const redis = redisOfStack()
beforeAll(() => redis.start())
afterAll(() => redis.stop())

const kycEvents = (count: number) => Array.from({ length: count }, () => ({ tags: ['kyc'] }))

async function ask({ answers }: Services, made: string) {
  const make = async () => ({ body: made, validUntil: Number.POSITIVE_INFINITY })
  const outcome = await answers.run({ scope: 'public', asked: 'a query' }, ['kyc'], make)
  return 'answer' in outcome ? `${outcome.cache} ${outcome.answer.body}` : ''
}

async function startKnowing(database: Awaited<ReturnType<typeof databaseForTest>>) {
  const services = await startTestServices(database, { redisUrl: redis.url() })
  await eventually(() => services.answers.isReady()).toBe(true)
  return services
}

it('an older copy in the place of the database: what was kept of the other is not found, by old processes or new', async () => {
  const database = await databaseForTest()
  const client = await connectForTest(database.url)
  await appendBySql(client, 'kyc', kycEvents(3))
  await client.end()
  const copy = `${database.name}_copy`
  onTestFinished(() => asSuperuser(`drop database if exists ${copy} with (force)`))
  await asSuperuser(`create database ${copy} template ${database.name} strategy file_copy owner gatehouse_owner`)
  const old = await startKnowing(database)
  await appendBySql(await connectForTest(database.url), 'kyc', kycEvents(3))
  await old.tails.of('kyc').look()
  expect(await ask(old, 'of what is lost')).toBe('miss of what is lost')
  // Another finds it in Redis.
  await eventually(async () => ask(await startKnowing(database), 'anew')).toBe('hit of what is lost')

  await asSuperuser(
    `alter database ${database.name} with allow_connections false`,
    `drop database ${database.name} with (force)`,
    `alter database ${copy} rename to ${database.name}`,
  )
  await eventually(() => old.tails.of('kyc').head.position).toBe(3)
  await eventually(() => old.answers.isReady()).toBe(true)
  const fresh = await startKnowing(database)
  expect(await ask(fresh, 'of what there is')).toBe('miss of what there is')
  expect(await ask(old, 'of what there is')).toMatch('of what there is')
})

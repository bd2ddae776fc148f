import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { databaseUrls, templateName } from '../setup/template.ts'

export type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>

/** A database of this file's own: a copy of the migrated template, with both of its roles and the superuser's way in. */
export async function createTestDatabase(template = templateName) {
  const { superuserUrl } = inject('stack')
  const name = `test_${randomBytes(6).toString('hex')}`
  await asSuperuser(`create database ${name} template ${template} strategy file_copy owner gatehouse_owner`)
  const adminUrl = new URL(superuserUrl)
  adminUrl.pathname = name
  return {
    name,
    ...databaseUrls(superuserUrl, name),
    superuserUrl: adminUrl.href,
    drop: () => asSuperuser(`drop database if exists ${name} with (force)`),
  }
}

export async function asSuperuser(...statements: string[]) {
  const client = new pg.Client(inject('stack').superuserUrl)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

import pg from 'pg'
import { migrate } from '../../src/db/migrate.ts'

export const templateName = 'gatehouse_template'
const password = 'test'

export const databaseUrls = (superuserUrl: string, name: string) => {
  const urlFor = (user: string) => {
    const url = new URL(superuserUrl)
    url.username = user
    url.password = password
    url.pathname = name
    return url.href
  }
  return { url: urlFor('gatehouse'), ownerUrl: urlFor('gatehouse_owner') }
}

/** A migrated database that every test file copies: milliseconds instead of seconds. */
export async function createTemplate(superuserUrl: string) {
  const client = new pg.Client(superuserUrl)
  await client.connect()
  await client.query(`create role gatehouse_owner login createrole password '${password}'`)
  await client.query(`create role gatehouse login password '${password}'`)
  await client.query(`create database ${templateName} owner gatehouse_owner`)
  await client.end()
  const { url, ownerUrl } = databaseUrls(superuserUrl, templateName)
  await migrate({ gatewayUrl: url, ownerUrl })
}

import { type Data, userId } from './data.ts'

/** What changes from request to request: always as many characters, put into their place in the body. */
export type Draw = { kind: 'instant'; fromMs: number; toMs: number } | { kind: 'user'; users: number } | null

export type Workload = {
  name: string
  title: string
  /** The field of `data`. */
  root: string
  /** Answers come from a cache, of those who have one. */
  cached: boolean
  query: string
  /** The variable, and how it is drawn; without a draw its one value. */
  variable: string
  draw(data: Data): Draw
  fixed(data: Data): string
}

const list = `query List($submittedBefore: DateTime!) {
  kycApplications(first: 20, filter: { statuses: [SUBMITTED], submittedBefore: $submittedBefore }, orderBy: SUBMITTED_AT_DESC) {
    nodes {
      id version status firstName lastName nationality submittedAt createdAt
      user { id name email emailVerified }
      documents { id documentType fileName contentType size uploadedAt }
      statusHistory { id fromStatus toStatus reason createdAt }
    }
  }
}`
const user = `query User($id: ID!) {
  user(id: $id) { id email emailVerified name role twoFactorEnabled banned createdAt updatedAt }
}`
const rates = `query Rates($base: Currency!) {
  exchangeRates(base: $base) { base quote rate source asOf fetchedAt expiresAt }
}`

const iso = (ms: number) => new Date(ms).toISOString()
const listed = { root: 'kycApplications', query: list, variable: 'submittedBefore' }

export const workloads: Workload[] = [
  {
    name: 'W1',
    title: 'W1: 20 newest submitted applications with user, documents and history; nothing cached',
    ...listed,
    cached: false,
    // Never the last page, which is shorter.
    draw: ({ firstMs, lastMs }) => ({ kind: 'instant', fromMs: firstMs + (lastMs - firstMs) * 0.1, toMs: lastMs }),
    fixed: ({ firstMs, lastMs }) => iso((firstMs + lastMs) / 2),
  },
  {
    name: 'W2',
    title: 'W2: one user by id; nothing cached',
    root: 'user',
    cached: false,
    query: user,
    variable: 'id',
    draw: ({ users }) => ({ kind: 'user', users }),
    fixed: ({ users }) => userId(Math.ceil(users / 2)),
  },
  {
    name: 'W3',
    title: 'W3: W1 with the same variables, from the cache',
    ...listed,
    cached: true,
    draw: () => null,
    fixed: ({ lastMs }) => iso(lastMs),
  },
  {
    name: 'W4',
    title: 'W4: the exchange rates, from the cache',
    root: 'exchangeRates',
    cached: true,
    query: rates,
    variable: 'base',
    draw: () => null,
    fixed: () => 'EUR',
  },
]

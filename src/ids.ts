import { typeid } from 'typeid-js'

/** Prefixes of TypeIDs: a noun and a UUIDv7, k-sortable and readable in a log. Those of the public contract never change. */
export const idPrefixes = {
  user: 'user',
  session: 'session',
  account: 'account',
  verification: 'verification',
  kycApplication: 'kyc',
  kycDocument: 'kycdoc',
  kycStatusChange: 'kycchange',
  kycReveal: 'kycreveal',
  upload: 'upload',
  auditEntry: 'audit',
  systemAlert: 'alert',
  tokenMetadata: 'token',
  tokenTransfer: 'transfer',
  apiKey: 'apikey',
  mail: 'mail',
} as const

export type Noun = keyof typeof idPrefixes

export const newId = (noun: Noun) => typeid(idPrefixes[noun]).toString()

const suffix = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** The noun that an id names by its prefix, or null when it is no id of ours. */
export function nounOf(id: string): Noun | null {
  const separator = id.lastIndexOf('_')
  if (!suffix.test(id.slice(separator + 1))) return null
  const prefix = id.slice(0, separator)
  return nouns.find((noun) => idPrefixes[noun] === prefix) ?? null
}

const nouns = Object.keys(idPrefixes) as Noun[]

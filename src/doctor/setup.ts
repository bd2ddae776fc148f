import { weakKey, weakSecret } from '../config.ts'
import { type Check, type Finding, ok, type Patient, warning } from './check.ts'

/** What the variables say of each other. What is wrong with one by itself has ended the command before. */
export const setupCheck = ({ config }: Patient): Check => ({
  name: 'settings',
  async run() {
    const findings: Finding[] = []
    const warn = (found: string, advice: string) => void findings.push(warning(found, advice))
    const { auth, database, storage, production, server, dataDir } = config
    if (auth.secret !== null && weakSecret(auth.secret)) {
      warn('AUTH_SECRET is weak, which production refuses', 'make one with `openssl rand -base64 32`')
    }
    for (const { id, key } of auth.encryptionKeys ?? []) {
      if (weakKey(key as Buffer)) {
        warn(`the key ${id} of ENCRYPTION_KEYS is weak`, 'take the output of `openssl rand -base64 32`')
      }
    }
    if (database && !storage.server) {
      const own = `DATABASE_URL without S3_ENDPOINT: each gateway of this database keeps files of its own in its DATA_DIR (${dataDir})`
      warn(own, 'for more than one gateway set S3_ENDPOINT')
    }
    if (database && (auth.secret === null || auth.encryptionKeys === null)) {
      const made =
        'AUTH_SECRET or ENCRYPTION_KEYS is not set: this machine made its own, and others cannot read what it writes'
      warn(made, `for more than one gateway, or another machine, set both; they are in ${dataDir}`)
    }
    if (production && server.publicUrl?.startsWith('http:')) {
      warn('PUBLIC_URL is http: passwords and sessions go over the network in the clear', 'put TLS before the gateway')
    }
    return findings.length > 0 ? findings : [ok('they fit each other')]
  },
})

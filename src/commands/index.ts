import type { Command } from './command.ts'

/** Each is loaded when it is called: most need little of what a gateway does. */
export const commands: Command[] = [
  {
    name: ['start'],
    usage: 'start',
    summary: 'run the gateway, with an embedded database and store where none is configured',
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: ['demo'],
    usage: 'demo',
    summary: 'run the gateway with people to try it out, and print their sign-ins',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: ['migrate'],
    usage: 'migrate',
    summary: 'bring the database to this version; any number of times, any number at once',
    load: async () => (await import('./migrate.ts')).migrateDatabase,
  },
  {
    name: ['role'],
    usage: 'role <email> <ROLE>',
    summary: 'give an account the role INVESTOR, COMPLIANCE or ADMIN',
    load: async () => (await import('./role.ts')).giveRole,
  },
  {
    name: ['key', 'create'],
    usage: 'key create --owner <email> --name <n> --scopes a,b',
    summary: 'make an API key and print it, once; [--plan <p>] [--expires-days <n>]',
    options: ['owner', 'name', 'scopes', 'plan', 'expires-days'],
    load: async () => (await import('./key-create.ts')).createKey,
  },
  {
    name: ['key', 'revoke'],
    usage: 'key revoke <id>',
    summary: 'end an API key, at once on every process',
    load: async () => (await import('./key-revoke.ts')).revokeKey,
  },
  {
    name: ['key', 'list'],
    usage: 'key list',
    summary: 'what API keys there are, when they were used last, and whether they are good',
    load: async () => (await import('./key-list.ts')).listKeys,
  },
  {
    name: ['audit', 'verify'],
    usage: 'audit verify',
    summary: 'recompute every hash of the audit trail; names the first position that does not fit',
    load: async () => (await import('./audit-verify.ts')).verifyAudit,
  },
  {
    name: ['storage', 'apply'],
    usage: 'storage apply',
    summary: 'make the buckets and set them, any number of times; tells what this store does not keep',
    load: async () => (await import('./storage-apply.ts')).applyBuckets,
  },
  {
    name: ['storage', 'reconcile'],
    usage: 'storage reconcile [--repair] [--digests] [--many]',
    summary:
      'compare the store with the database, both ways; put right what can be; read every byte; delete any number',
    flags: ['repair', 'digests', 'many'],
    load: async () => (await import('./storage-reconcile.ts')).reconcile,
  },
  {
    name: ['doctor'],
    usage: 'doctor [--json]',
    summary: 'look at everything that the gateway needs: what is wrong, and what to do',
    flags: ['json'],
    load: async () => (await import('./doctor.ts')).examineSetup,
  },
]

import type pg from 'pg'
import { type Finding, failed, ok, warning } from './check.ts'
import { askRow } from './database.ts'

type Settings = Record<
  | 'fsync'
  | 'fullPageWrites'
  | 'synchronousCommit'
  | 'checksums'
  | 'walLevel'
  | 'archiveMode'
  | 'isolation'
  | 'encoding',
  string
>

/** What keeps acknowledged changes, and what this program relies on. */
export async function settingFindings(client: pg.Client, { isEmbedded }: { isEmbedded: boolean }): Promise<Finding[]> {
  const settings = await askRow<Settings>(
    client,
    `select current_setting('fsync') as "fsync", current_setting('full_page_writes') as "fullPageWrites",
      current_setting('synchronous_commit') as "synchronousCommit", current_setting('data_checksums') as "checksums",
      current_setting('wal_level') as "walLevel", current_setting('archive_mode') as "archiveMode",
      current_setting('default_transaction_isolation') as "isolation", current_setting('server_encoding') as "encoding"`,
  )
  const durable = durabilityFindings(settings)
  return [
    ...(durable.length > 0 ? durable : [ok('acknowledged changes are on disk')]),
    ...(isEmbedded ? [] : [archiveFinding(settings)]),
    ...basicFindings(settings),
  ]
}

function* faultsOf<T>(...faults: (T | false)[]) {
  for (const fault of faults) if (fault !== false) yield fault
}

const durabilityFindings = ({ fsync, fullPageWrites, synchronousCommit, checksums }: Settings) => [
  ...faultsOf(
    fsync === 'off' &&
      failed('fsync is off: a power cut loses or destroys the database', 'set fsync = on, and restart the server'),
    fullPageWrites === 'off' &&
      failed('full_page_writes is off: a power cut may destroy pages', 'set full_page_writes = on'),
    synchronousCommit === 'off' &&
      warning('synchronous_commit is off: a crash loses the last moments', 'set synchronous_commit = on'),
    checksums === 'off' &&
      warning(
        'data checksums are off: a page that a disk damages goes unnoticed',
        'stop the server, `pg_checksums --enable`',
      ),
  ),
]

function archiveFinding({ walLevel, archiveMode }: Settings) {
  if (walLevel !== 'minimal' && archiveMode !== 'off') return ok(`archives its log (archive_mode ${archiveMode})`)
  return warning(
    `archives no log (wal_level ${walLevel}, archive_mode ${archiveMode}): what is lost is lost from the last backup on`,
    'for recovery to a point in time see deploy/postgresql/README.md',
  )
}

const basicFindings = ({ isolation, encoding }: Settings) => [
  ...faultsOf(
    isolation !== 'read committed' &&
      failed(`default_transaction_isolation is ${isolation}: events cannot be appended`, 'set it to read committed'),
    encoding !== 'UTF8' && failed(`the database is encoded in ${encoding}`, 'make one with encoding UTF8'),
  ),
]

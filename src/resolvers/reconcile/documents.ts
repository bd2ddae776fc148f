import { and, asc, gt, inArray, isNull } from 'drizzle-orm'
import { kycDocuments } from '../../db/schema/document.ts'
import { kycDocument } from '../../storage/buckets.ts'
import { raiseAlert } from '../alert.ts'
import type { KycDocument } from '../document/upload.ts'
import { type Located, locate, unhide } from './locate.ts'
import { recordFound, recordMissing } from './mark.ts'
import { forEachFew, type Run } from './run.ts'

type Gone = { document: KycDocument; state: 'missing' | 'damaged' }

const pageSize = 100
const maxAlerts = 10
const maxIds = 10
const bucket = 'kyc-documents'

/**
 * Documents whose object is not there, or not what was checked: brought back from an earlier version, or else marked, so
 * that nothing is approved on them, and told to everybody who can do something about it. The row always stays.
 */
export async function reconcileDocuments(run: Run) {
  let alerts = 0
  let after = ''
  for (;;) {
    const page = await run.services.db
      .select()
      .from(kycDocuments)
      .where(gt(kycDocuments.id, after))
      .orderBy(asc(kycDocuments.id))
      .limit(pageSize)
    const last = page.at(-1)
    if (!last) return
    after = last.id
    run.report.rows += page.length

    const gone: Gone[] = []
    await forEachFew(page, async (document) => {
      const located = await locateDocument(run, document)
      const { state } = located
      if (state === 'missing' || state === 'damaged') gone.push({ document, state })
      else await settle(run, document, located)
    })
    if (await reportGone(run, gone, { tell: alerts < maxAlerts })) alerts += 1
  }
}

const locateDocument = ({ services, options }: Run, document: KycDocument) =>
  locate(
    services.storage,
    { ...document, place: kycDocument({ ...document, documentId: document.id }) },
    // What was damaged may have the right size.
    { digests: options.digests || document.missingAt !== null },
  )

/** A document whose bytes are there, perhaps not where the row says. */
async function settle(run: Run, document: KycDocument, located: Located) {
  const { services, options } = run
  const { repair } = options
  if (located.state === 'hidden') {
    if (repair) {
      await unhide(services.storage, kycDocument({ ...document, documentId: document.id }), located.hiddenBy)
    }
    run.find({ kind: 'hidden', bucket, subject: document.id, outcome: repair ? 'restored' : 'left' })
  }
  const versionId = located.state === 'hidden' ? located.versionId : document.versionId
  const isBack = document.missingAt !== null
  if (repair && (isBack || versionId !== document.versionId)) await recordFound(services, document, versionId)
  if (isBack) run.find({ kind: 'found', bucket, subject: document.id, outcome: repair ? 'cleared' : 'left' })
}

/** The alert comes before the marks: whoever ends in between tells it twice rather than never. */
async function reportGone(run: Run, gone: Gone[], { tell }: { tell: boolean }) {
  const { services, options } = run
  const fresh = await stillUnmarked(run, gone)
  const isNews = options.repair && fresh.length > 0
  if (isNews && tell) await raiseAlert({ services }, { severity: 'critical', message: messageOf(fresh) })
  for (const { document, state } of gone) {
    const isFresh = fresh.some(({ id }) => id === document.id)
    if (!isFresh && document.missingAt === null) continue
    if (isFresh && options.repair) await recordMissing(services, document, state)
    const outcome = !isFresh ? 'known' : options.repair ? 'marked' : 'left'
    run.find({ kind: state, bucket, subject: document.id, outcome })
  }
  return isNews
}

/** Whoever deleted a document meanwhile took its object along. */
async function stillUnmarked({ services }: Run, gone: Gone[]) {
  const ids = gone.map(({ document }) => document.id)
  if (ids.length === 0) return []
  return services.db
    .select({ id: kycDocuments.id })
    .from(kycDocuments)
    .where(and(inArray(kycDocuments.id, ids), isNull(kycDocuments.missingAt)))
}

function messageOf(fresh: { id: string }[]) {
  const ids = fresh.slice(0, maxIds).map(({ id }) => id)
  const more = fresh.length > ids.length ? ` and ${fresh.length - ids.length} more` : ''
  return `Files of KYC documents are missing in the object store, or damaged; their applications cannot be approved: ${ids.join(', ')}${more}.`
}

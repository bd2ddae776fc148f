import { S3Error } from './errors.ts'
import type { Bucket, Version } from './state.ts'
import { parseXml, textAt } from './xml.ts'

export type Retention = { mode: 'GOVERNANCE' | 'COMPLIANCE'; until: string }

const dayMs = 86_400_000

/** How long a new version is kept: as the request says, else as the bucket's default says. */
export function retentionOf(bucket: Bucket, headers: Readonly<Record<string, string>>, now: number) {
  const setting = bucket.settings.get('object-lock')
  const { 'x-amz-object-lock-mode': mode, 'x-amz-object-lock-retain-until-date': until } = headers
  if (mode !== undefined || until !== undefined) {
    if (!setting) throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration')
    const time = Date.parse(until ?? '')
    if (!isMode(mode) || !(time > now)) throw new S3Error('InvalidArgument', 'The object lock headers are not valid')
    return { retention: { mode, until: new Date(time).toISOString() } }
  }
  const retention = setting ? parseXml(setting)?.children.find(({ name }) => name === 'Rule') : undefined
  const defaultMode = textAt(retention, 'DefaultRetention', 'Mode')
  if (!isMode(defaultMode)) return {}
  const days = Number(textAt(retention, 'DefaultRetention', 'Days') ?? 0)
  const years = Number(textAt(retention, 'DefaultRetention', 'Years') ?? 0)
  return { retention: { mode: defaultMode, until: new Date(now + (days + years * 365) * dayMs).toISOString() } }
}

/** A held or retained version is not removed before its time; the governance form yields to who asks for it by name. */
export function assertRemovable(version: Version, bypassesGovernance: boolean, now: number) {
  const { retention, legalHold } = version
  if (legalHold) throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.')
  if (!retention || Date.parse(retention.until) <= now) return
  if (retention.mode === 'GOVERNANCE' && bypassesGovernance) return
  throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.')
}

export function assertObjectLock(configuration: string) {
  const root = parseXml(configuration)
  const mode = textAt(root, 'Rule', 'DefaultRetention', 'Mode')
  const days = textAt(root, 'Rule', 'DefaultRetention', 'Days')
  const years = textAt(root, 'Rule', 'DefaultRetention', 'Years')
  const isPeriod = /^[1-9][0-9]{0,4}$/.test(days ?? years ?? '') && (days === undefined || years === undefined)
  const hasRule = root?.children.some(({ name }) => name === 'Rule')
  if (textAt(root, 'ObjectLockEnabled') !== 'Enabled' || (hasRule && !(isMode(mode) && isPeriod))) {
    throw new S3Error('MalformedXML')
  }
}

function isMode(value: string | undefined): value is Retention['mode'] {
  return value === 'GOVERNANCE' || value === 'COMPLIANCE'
}

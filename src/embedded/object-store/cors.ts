import { S3Error } from './errors.ts'
import type { S3Request } from './request.ts'
import { childrenOf, parseXml, textAt, type XmlNode } from './xml.ts'

export type CorsRule = {
  origins: readonly string[]
  methods: readonly string[]
  headers: readonly string[]
  exposed: readonly string[]
  maxAgeSeconds: number | undefined
}

/** What a page of the gateway's own needs: to put and get with presigned addresses. */
export function uploadRule(origins: readonly string[]): CorsRule {
  return {
    origins,
    methods: ['GET', 'HEAD', 'PUT'],
    headers: ['*'],
    exposed: ['etag', 'x-amz-version-id', 'x-amz-checksum-sha256', 'x-amz-request-id'],
    maxAgeSeconds: 600,
  }
}

export function parseCors(document: string): CorsRule[] {
  const root = parseXml(document)
  if (root?.name !== 'CORSConfiguration') throw new S3Error('MalformedXML')
  const rules = childrenOf(root, 'CORSRule').map((rule) => ({
    origins: textsOf(rule, 'AllowedOrigin'),
    methods: textsOf(rule, 'AllowedMethod'),
    headers: textsOf(rule, 'AllowedHeader'),
    exposed: textsOf(rule, 'ExposeHeader'),
    maxAgeSeconds: textAt(rule, 'MaxAgeSeconds') ? Number(textAt(rule, 'MaxAgeSeconds')) : undefined,
  }))
  const isValid = rules.every(({ origins, methods, exposed, maxAgeSeconds }) => {
    const areMethods = methods.every((method) => ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'].includes(method))
    const areNames = exposed.every((name) => /^[\w-]+$/.test(name))
    return origins.length > 0 && methods.length > 0 && areMethods && areNames && !Number.isNaN(maxAgeSeconds ?? 0)
  })
  if (rules.length === 0 || !isValid) throw new S3Error('MalformedXML')
  return rules
}

/** Tells a browser that the page of an allowed origin may read the answer. Nothing for any other. */
export function corsHeaders(rules: readonly CorsRule[], { headers, method }: S3Request): Record<string, string> {
  const { origin } = headers
  if (origin === undefined) return {}
  const rule = rules.find((candidate) => isAllowed(candidate, origin, method, []))
  return { vary: 'Origin', ...(rule && { ...originHeader(rule, origin), ...exposeHeader(rule) }) }
}

/** Answers what a browser asks before it sends: refused unless one rule allows origin, method and every header. */
export function preflightHeaders(rules: readonly CorsRule[], { headers }: S3Request): Record<string, string> {
  const { origin, 'access-control-request-method': method, 'access-control-request-headers': list } = headers
  if (origin === undefined || method === undefined) throw new S3Error('AccessForbidden')
  const names = (list ?? '').split(',').flatMap((name) => name.trim().toLowerCase() || [])
  const rule = rules.find((candidate) => isAllowed(candidate, origin, method, names))
  const vary = { vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' }
  if (!rule) throw new S3Error('AccessForbidden', undefined, vary)
  return {
    ...vary,
    ...originHeader(rule, origin),
    ...exposeHeader(rule),
    'access-control-allow-methods': rule.methods.join(', '),
    ...(names.length > 0 && { 'access-control-allow-headers': names.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
  }
}

function originHeader(rule: CorsRule, origin: string): Record<string, string> {
  return { 'access-control-allow-origin': rule.origins.includes('*') ? '*' : origin }
}

function exposeHeader(rule: CorsRule): Record<string, string> {
  return rule.exposed.length > 0 ? { 'access-control-expose-headers': rule.exposed.join(', ') } : {}
}

function isAllowed(rule: CorsRule, origin: string, method: string, headers: readonly string[]) {
  return (
    rule.methods.includes(method) &&
    rule.origins.some((pattern) => matches(pattern, origin)) &&
    headers.every((name) => rule.headers.some((pattern) => matches(pattern.toLowerCase(), name)))
  )
}

/** S3 allows one star in an origin or a header name. */
function matches(pattern: string, value: string) {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === value
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return value.length >= head.length + tail.length && value.startsWith(head) && value.endsWith(tail)
}

function textsOf(node: XmlNode, name: string) {
  return childrenOf(node, name).map((child) => child.text.trim())
}

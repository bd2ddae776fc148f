import { isDeepStrictEqual } from 'node:util'
import type { Data } from './data.ts'
import type { Running, Stage, Subject } from './servers.ts'
import { noStore, valueAt } from './wire.ts'
import type { Workload } from './workloads.ts'

/** What a server answers, in the words that all share: instants to the millisecond, and names of enumerations, numbers and texts apart. */
async function answerOf({ server, headers }: Running, workload: Workload, query: string, value: string) {
  const { root, variable, cached } = workload
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(cached ? {} : noStore),
      ...headers,
    },
    body: JSON.stringify({ query, variables: { [variable]: value } }),
  })
  const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown }
  if (!data?.[root]) throw new Error(`${server.name} does not answer ${root}: ${JSON.stringify(errors)}`)
  return plain('', data[root])
}

const enumerations = new Set(['status', 'role', 'documentType', 'fromStatus', 'toStatus'])
const numbers = new Set(['size', 'rate'])

/** Tools spell instants, big numbers and enumerations in their own ways; that is not what is compared. */
function plain(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => plain('', item))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(key, item)]))
  }
  if (value === null) return value
  if (name.endsWith('At') || name === 'asOf') return new Date(value as string).getTime()
  if (enumerations.has(name)) return String(value).toUpperCase()
  return numbers.has(name) ? Number(value) : value
}

/** Every server answers every workload alike, or nothing is measured. */
export async function checkAnswers({ data, runningOf }: Stage, chosen: Subject[], workloads: Workload[]) {
  for (const workload of workloads) {
    const values = checkedValues(workload, data)
    for (const value of values) {
      let first: { name: string; answer: unknown } | null = null
      for (const subject of chosen.filter(({ caches }) => caches || !workload.cached)) {
        const running = runningOf(subject, workload.cached)
        const query = subject.queries?.[workload.name] ?? workload.query
        // Some do it in another way when they are asked again: from a cache, or by a plan.
        for (let time = 0; time < 4; time++) {
          const answer = await answerOf(running, workload, query, value)
          first ??= { name: subject.name, answer }
          if (!isDeepStrictEqual(answer, first.answer)) {
            throw new Error(
              `${workload.name}: ${subject.name} does not answer as ${first.name} does\n${difference(first.answer, answer)}`,
            )
          }
        }
      }
    }
  }
}

/** The one value; of a workload that draws some, over all that may be drawn. */
function checkedValues(workload: Workload, data: Data): string[] {
  const draw = workload.draw(data)
  return draw === null ? [workload.fixed(data)] : [0, 0.37, 1].map((share) => valueAt(draw, share))
}

/** The first place where two answers part. */
function difference(one: unknown, other: unknown): string {
  const [left, right] = [one, other].map((value) => JSON.stringify(value, null, 1).split('\n'))
  const at = left!.findIndex((line, index) => line !== right![index])
  return `${left!.slice(Math.max(0, at - 5), at + 2).join('\n')}\n≠\n${right!.slice(Math.max(0, at - 5), at + 2).join('\n')}`
}

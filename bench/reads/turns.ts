import type { Settings } from '../args.ts'

/** Measures each in turn, in each round another first, after one turn that does not count. */
export async function inTurns<Subject, Result>(
  subjects: Subject[],
  rounds: number,
  measure: (subject: Subject, round: number) => Promise<Result>,
): Promise<Result[]> {
  for (const subject of subjects) await measure(subject, 0)
  const results: Result[] = []
  for (let round = 1; round <= rounds; round++) {
    const first = (round - 1) % subjects.length
    // Nobody is always first.
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      results.push(await measure(subject, round))
    }
  }
  return results
}

/** What is compiled while it runs needs its time before it counts, however short a round is. */
export const secondsOf = ({ seconds, quick }: Pick<Settings, 'seconds' | 'quick'>, round: number) =>
  round === 0 ? Math.max(seconds, quick ? 1.5 : 10) : seconds

export const say = (what: string, round: number) =>
  process.stderr.write(`${what}, ${round === 0 ? 'warm-up' : `round ${round}`}\n`)

export const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

/** The value below which this share of them lies; null of none. */
export function percentile(values: number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? null
}

/**
 * Of two servers, as each round has it: the machine is fast and slow for seconds at a time, for both alike, and medians of
 * the one and of the other may come from different times. Null of none.
 */
export function medianRatio<Run extends { round: number }>(ours: Run[], theirs: Run[], value: (run: Run) => number) {
  return median(
    ours.map((run) => {
      const other = theirs.find(({ round }) => round === run.round)
      return other && value(other) > 0 ? value(run) / value(other) : null
    }),
  )
}

/** Null of none; what could not be measured in a round does not count. */
export function median(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b)
  const middle = known.length / 2
  if (known.length === 0) return null
  return known.length % 2 ? known[Math.floor(middle)]! : (known[middle - 1]! + known[middle]!) / 2
}

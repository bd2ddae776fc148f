/** As many tokens as topics; subscribers and events are dealt to them in turn. */
export const topicCount = 50

export const tokenOf = (index: number) => `0x${(index % topicCount).toString(16).padStart(2, '0').repeat(20)}`

/** To how many of these subscribers the events go that are numbered from `first`. */
export function deliveriesOf(first: number, count: number, sockets: number): number {
  const rounds = Math.floor(count / topicCount)
  let total = rounds * sockets
  for (let number = first + rounds * topicCount; number < first + count; number++) {
    const topic = number % topicCount
    total += Math.floor(sockets / topicCount) + (topic < sockets % topicCount ? 1 : 0)
  }
  return total
}

/** Microseconds on the clock that all processes of a machine share. */
export const nowMicros = () => Number(process.hrtime.bigint() / 1_000n)

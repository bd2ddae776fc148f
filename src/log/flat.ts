/** For a subscription in which one event of the log is several of its own: each list as its items, one after the other. */
export function flat<T>(lists: AsyncIterableIterator<readonly T[], undefined>): AsyncIterableIterator<T, undefined> {
  let items: readonly T[] = []
  let index = 0
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      while (index === items.length) {
        const { value, done } = await lists.next()
        if (done) return { value: undefined, done }
        items = value
        index = 0
      }
      return { value: items[index++]!, done: false }
    },
    async return() {
      items = []
      index = 0
      return (await lists.return?.()) as IteratorReturnResult<undefined>
    },
  }
}

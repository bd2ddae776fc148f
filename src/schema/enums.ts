/** GraphQL's upper-case names for the database's values: `under_review` is UNDER_REVIEW. */
export const enumValuesOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value.toUpperCase(), { value }])) as {
    [V in Value as Uppercase<V>]: { value: V }
  }

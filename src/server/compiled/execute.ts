import { type ExecutionResult, type GraphQLError, isNonNullType, locatedError } from 'graphql'
import { type Field, givenUp, isPromise, type Run, wait } from './plan.ts'

/**
 * The answer of an operation; null where graphql-js has to find it, which asks again: a query may be asked twice. What goes
 * wrong with a root field is told here, in graphql-js' words: it may have taken long, or have been the database.
 */
export function execute(run: Run, fields: Field[]): ExecutionResult | null | Promise<ExecutionResult | null> {
  let data: Record<string, unknown> | null = {}
  const errors: GraphQLError[] = []

  function fail({ key, nodes, type }: Field, error: unknown) {
    if (error === givenUp) throw givenUp
    // Of fields that must not be missing the first to fail is told; there is no data then for others.
    if (!data) return
    errors.push(locatedError(error, nodes, [key]))
    if (isNonNullType(type)) data = null
    else data[key] = null
  }

  function show({ key, complete }: Field, value: unknown) {
    const shown = complete(run, value)
    if (data) data[key] = shown
  }

  function ask(field: Field) {
    let value: unknown
    try {
      value = field.ask(run, run.rootValue)
    } catch (error) {
      return fail(field, error)
    }
    if (!isPromise(value)) return show(field, value)
    if (data) data[field.key] = null
    wait(
      run,
      value.then(
        (value) => show(field, value),
        (error) => fail(field, error),
      ),
    )
  }

  const result = (): ExecutionResult => (errors.length > 0 ? { errors, data } : { data })

  async function settled() {
    while (run.waiting.length > 0) {
      const { waiting } = run
      run.waiting = []
      await Promise.all(waiting)
    }
    return result()
  }

  try {
    for (const field of fields) ask(field)
  } catch {
    return null
  }
  return run.waiting.length > 0 ? settled().catch(() => null) : result()
}

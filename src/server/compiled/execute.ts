import { type ExecutionResult, type GraphQLError, isNonNullType, locatedError } from 'graphql'
import { type Field, givenUp, isPromise, type Run, wait } from './plan.ts'

/**
 * The answer of an operation; null where graphql-js has to find it, which asks again: a query may be asked twice. What goes
 * wrong with a root field is told here, in graphql-js' words: it may have taken long, or have been the database.
 */
export function execute(run: Run, fields: Field[]): ExecutionResult | null | Promise<ExecutionResult | null> {
  const data: Record<string, unknown> = {}
  const errors: GraphQLError[] = []
  /** The first of a field that must not be missing: nothing else is asked for then, and there is no data. */
  let fatal: GraphQLError | undefined

  function fail({ key, nodes, type }: Field, error: unknown) {
    if (error === givenUp) throw givenUp
    const located = locatedError(error, nodes, [key])
    if (isNonNullType(type)) {
      fatal ??= located
      throw fatal
    }
    errors.push(located)
    data[key] = null
  }

  function ask(field: Field) {
    const show = (value: unknown) => {
      data[field.key] = field.complete(run, value)
    }
    let value: unknown
    try {
      value = field.ask(run, run.rootValue)
    } catch (error) {
      return fail(field, error)
    }
    if (!isPromise(value)) return show(value)
    data[field.key] = null
    wait(
      run,
      value.then(show, (error) => fail(field, error)),
    )
  }

  async function settled() {
    while (run.waiting.length > 0) {
      const { waiting } = run
      run.waiting = []
      await (waiting.length === 1 ? waiting[0] : Promise.all(waiting))
    }
  }

  const answer = (): ExecutionResult => (errors.length > 0 ? { errors, data } : { data })
  const noData = (): ExecutionResult => ({ errors: [...errors, fatal!], data: null })
  const broken = (error: unknown) => (error === fatal ? noData() : null)

  try {
    for (const field of fields) ask(field)
  } catch (error) {
    // What was asked for before is waited for, as in graphql-js.
    return error === fatal && run.waiting.length > 0 ? settled().then(noData, broken) : broken(error)
  }
  return run.waiting.length > 0 ? settled().then(answer, broken) : answer()
}

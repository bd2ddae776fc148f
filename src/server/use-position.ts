import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'
import { tellPosition } from './position.ts'
import type { Request } from './yoga.ts'

/** A mutation may be answered as a stream of one. */
export const usePosition = (): Plugin<object, Request & Partial<Context>> => ({
  onExecutionResult({ context }) {
    if (context.written) tellPosition(context.res, context as Request & Context)
  },
})

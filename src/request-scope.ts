import { AsyncLocalStorage } from 'node:async_hooks'

/** The id of the request that the work at hand is for, where nothing else would tell: in what the database's pool logs. */
export const requestScope = new AsyncLocalStorage<string>()

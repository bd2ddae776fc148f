import type { Config } from '../config.ts'
import { createHttpProvider } from './http.ts'
import type { RateProvider } from './provider.ts'
import { snapshotProvider } from './snapshot.ts'

export const createRateProvider = ({ url }: Config['rates']): RateProvider =>
  url === null ? snapshotProvider : createHttpProvider(url)

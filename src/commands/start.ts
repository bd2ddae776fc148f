import { runGateway } from '../run.ts'
import type { Run } from './command.ts'

export const start: Run = () => runGateway()

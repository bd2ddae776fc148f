import { runGateway } from '../run.ts'
import type { Command } from './command.ts'

export const start: Command = {
  name: ['start'],
  usage: 'start',
  summary: 'run the gateway, with an embedded database and store where none is configured',
  run: () => runGateway(),
}

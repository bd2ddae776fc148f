import type { ChainState } from '../chain/index.ts'
import type { Metrics } from './index.ts'

/** What the watcher of the chain does in this process: of several, one is at work. */
export function readChain({ read }: Metrics, watcher: { state(): Readonly<ChainState> }) {
  read(
    'gauge',
    { name: 'gatehouse_chain_watching', help: '1 where the chain is followed; 0 where another process does it' },
    () => [[{}, Number(watcher.state().role === 'watching')]],
  )
  read(
    'gauge',
    { name: 'gatehouse_chain_failing', help: '1 when the last step along the chain failed: the log says why' },
    () => [[{}, Number(watcher.state().failure !== null)]],
  )
}

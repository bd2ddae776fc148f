import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Waits for the end of its input, which comes when this process ends, however it ends. Servers that die with it may
// write for a moment longer, so that a removal can fail halfway.
const removeAtTheEnd =
  'cat >/dev/null; n=0; until rm -rf -- "$0" 2>/dev/null || [ $((n += 1)) -gt 100 ]; do sleep 0.1; done'

/** A new folder for one service that is gone when `remove` is called, or else when this process ends. */
export async function createDirectory(name: string) {
  const path = await mkdtemp(join(tmpdir(), `gatehouse-${name}-`))
  const keeper = spawn('sh', ['-c', removeAtTheEnd, path], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(keeper, 'exit')
  keeper.unref()
  const input = keeper.stdin as Socket
  input.unref()
  return {
    path,
    async remove() {
      keeper.ref()
      input.end()
      await ended
    },
  }
}

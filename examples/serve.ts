import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Serves the page of this folder, and graphql-ws from node_modules: `node examples/serve.ts [port]`. */
const here = dirname(fileURLToPath(import.meta.url))
const library = dirname(fileURLToPath(import.meta.resolve('graphql-ws/client')))
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

const server = createServer(async (req, res) => {
  const path = req.url === '/' ? '/transfers.html' : (req.url ?? '')
  const name = /^\/(?:graphql-ws\/)?([\w-]+\.(?:html|js))$/.exec(path)?.[1]
  const file = name && join(path.startsWith('/graphql-ws/') ? library : here, name)
  const bytes = file ? await readFile(file).catch(() => null) : null
  res.writeHead(bytes ? 200 : 404, { 'content-type': `${types[extname(name ?? '')] ?? 'text/plain'}; charset=utf-8` })
  res.end(bytes ?? 'There is nothing here.')
})

server.listen(Number(process.argv[2] ?? 5173), '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  console.log(`http://localhost:${port}`)
})

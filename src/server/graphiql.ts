import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Services } from '../services.ts'
import { examples } from './examples.ts'
import { createPage, icon, type Page, pagePart, sendPage } from './page.ts'

/** Someone whose sign-in a demonstration hands to everybody. */
export type DemoPerson = { email: string; password: string; label: string }

/**
 * GraphiQL from this machine alone, under a bar of our own: who is signed in, and documents, which GraphQL does not
 * carry. It is 9 MB of text, made once and before anybody asks for it.
 */
export function createGraphiQL(services: Services, demoPeople: readonly DemoPerson[]) {
  const { logger, config } = services
  let page: Promise<Page> | null = null
  const load = () => {
    page ??= render(services, demoPeople).catch((error: unknown) => {
      page = null
      throw error
    })
    return page
  }
  if (config.server.graphiql) load().catch((error: unknown) => logger.warn({ err: error }, 'GraphiQL was not made'))
  return async (req: IncomingMessage, res: ServerResponse) => sendPage(req, res, await load())
}

async function render({ publicUrl, storage }: Services, demoPeople: readonly DemoPerson[]): Promise<Page> {
  // Here, not at the top: it takes a while to load, and the port is open by now.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const [bar, style, script] = await Promise.all(['bar.html', 'bar.css', 'bar.js'].map(pagePart))
  const graphiql = renderGraphiQL({
    title: 'Gatehouse',
    favicon: await icon(),
    endpoint: '/graphql',
    subscriptionsProtocol: 'WS',
    shouldPersistHeaders: false,
    defaultTabs: examples.map(({ query, variables }) => ({
      query,
      variables: variables ? JSON.stringify(variables, null, 2) : null,
      headers: null,
    })),
  })
  const data = JSON.stringify({ demoPeople }).replaceAll('<', '\\u003c')
  const html = graphiql
    // The text of a replacement is text: GraphiQL's own is full of what `replace` would take for patterns.
    .replace(
      '</head>',
      () => `<meta name="viewport" content="width=device-width, initial-scale=1" /><style>${style}</style></head>`,
    )
    .replace(
      '<div id="root"></div>',
      () => `${bar}<div id="root"></div><script>const gatehouse = ${data};\n${script}</script>`,
    )
    // Over a WebSocket GraphiQL would send its headers with each operation, where nobody looks for them: a socket is
    // signed in when it is opened.
    .replace(/extensions:\{headers:(\w+)\?\.headers\}/, 'extensions:{headers:$1?.headers,connectionParams:$1?.headers}')
  const { protocol, hostname, port } = await storage.publicClient.config.endpoint!()
  const store = `${protocol}//${hostname}${port ? `:${port}` : ''}`
  return createPage(html, {
    // Monaco, the editor in GraphiQL, sets styles while it runs and works in workers that it makes of texts.
    'style-src': "'unsafe-inline'",
    'font-src': 'data:',
    'worker-src': 'blob:',
    'connect-src': `'self' ${publicUrl.replace(/^http/, 'ws')} ${store}`,
  })
}

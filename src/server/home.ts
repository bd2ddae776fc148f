import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Services } from '../services.ts'
import { createPage, type Page, pagePart, sendPage } from './page.ts'

/** What `/` shows to somebody who has only the address. */
export function createHome({ config }: Services) {
  let page: Promise<Page> | undefined
  return async (req: IncomingMessage, res: ServerResponse) => {
    page ??= pagePart('home.html').then((html) => createPage(config.server.graphiql ? html : withoutGraphiQL(html)))
    sendPage(req, res, await page)
  }
}

const withoutGraphiQL = (html: string) => html.replace('<a class="open" href="/graphql">Open GraphiQL</a>', '')

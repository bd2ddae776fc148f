import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { TestDatabase } from './database.ts'
import { jobsDone } from './jobs.ts'
import { connectForTest } from './log.ts'

type Rates = Record<string, string>
type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** The file of the European Central Bank, as it is published: single quotes, tabs, a namespace. */
export const ecbFile = (day: string, rates: Rates | [string, string][]) => {
  const cubes = (Array.isArray(rates) ? rates : Object.entries(rates)).map(
    ([currency, rate]) => `\t\t\t<Cube currency='${currency}' rate='${rate}'/>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
\t\t<Cube time='${day}'>
${cubes.join('\n')}\t\t</Cube>
\t</Cube>
</gesmes:Envelope>`
}

/** What open.er-api.com answers; the rates are written as they are given, as JSON writes numbers. */
export const erApiAnswer = (base: string, rates: Rates, at = new Date('2026-11-20T00:00:01Z')) =>
  `{"result":"success","provider":"https://www.exchangerate-api.com","time_last_update_unix":${at.getTime() / 1000},"base_code":"${base}","rates":{${Object.entries(
    rates,
  )
    .map(([quote, rate]) => `"${quote}":${rate}`)
    .join(',')}}}`

export const text =
  (body: string, type = 'text/xml', status = 200): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(body)

/** A provider on loopback that answers as it is told, and counts who asks. It ends with the test. */
export async function startProvider(first: Answer) {
  let answer = first
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/eurofxref-daily.xml?key=secret`,
    get requests() {
      return requests
    },
    answers(next: Answer) {
      answer = next
    },
    /** Nobody listens any more. */
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}

/** As if the time of the crontab had come. */
export async function tick({ url, ownerUrl }: Pick<TestDatabase, 'url' | 'ownerUrl'>, task = 'rates.refresh') {
  const client = await connectForTest(url)
  await client.query(`select add_job($1, '{}', $1)`, [task])
  await client.end()
  await jobsDone({ ownerUrl }, task)
}

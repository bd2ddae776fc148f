import { createClient } from 'graphql-ws'

const subscription = `subscription Transfers($after: String) {
  tokenTransfers(after: $after) {
    cursor
    kind
    transfer { id kind from to amount blockNumber }
  }
}`

const element = (id) => document.getElementById(id)
const say = (text) => {
  element('status').textContent = text
}

/** All that a client has to remember: where it was. It outlives the connection, and here also the page. */
const place = {
  get: () => sessionStorage.getItem('cursor'),
  set: (cursor) => sessionStorage.setItem('cursor', cursor),
}

let client
let stop
let seen = 0

async function signIn({ gateway, email, password }) {
  const response = await fetch(new URL('/api/auth/sign-in/email', gateway), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message)
  return answer.token
}

/** Whatever breaks in between, the next connection goes on at the last cursor: nothing is missed, nothing repeated. */
async function follow() {
  show(true)
  let isStopped = false
  while (!isStopped) {
    const events = client.iterate({ query: subscription, variables: { after: place.get() } })
    stop = () => {
      isStopped = true
      events.return()
    }
    try {
      say('Following.')
      for await (const { data, errors } of events) {
        if (errors) throw Object.assign(new Error(errors[0].message), { code: errors[0].extensions?.code })
        add(data.tokenTransfers)
        place.set(data.tokenTransfers.cursor)
      }
    } catch (error) {
      const code = error.code ?? error[0]?.extensions?.code
      // The log does not hold that cursor any more: whoever shows balances reads them again here.
      if (code === 'RESYNC_REQUIRED') sessionStorage.removeItem('cursor')
      say(`The connection broke (${code ?? error.message ?? error.reason ?? 'no word'}); going on in a second.`)
    }
    if (!isStopped) await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  say('Stopped.')
  show(false)
}

function add({ kind, transfer }) {
  element('seen').textContent = String(++seen)
  const known = element(transfer.id)
  if (known) return known.classList.toggle('retracted', kind === 'RETRACTED')
  const row = element('transfers').insertRow(0)
  row.id = transfer.id
  row.classList.toggle('retracted', kind === 'RETRACTED')
  const short = (address) => `${address.slice(0, 8)}…${address.slice(-4)}`
  const cells = [transfer.blockNumber, transfer.amount, short(transfer.from), short(transfer.to), transfer.kind]
  for (const text of cells) row.insertCell().textContent = text
}

function show(isFollowing) {
  element('stop').disabled = !isFollowing
  element('resume').disabled = isFollowing
}

element('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = Object.fromEntries(new FormData(event.target))
  try {
    const token = await signIn(form)
    stop?.()
    await client?.dispose()
    const url = new URL('/graphql', form.gateway.replace(/^http/, 'ws')).href
    // Our own loop reconnects, with a new `after` each time: the library would repeat the first one.
    client = createClient({ url, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 })
    await follow()
  } catch (error) {
    say(error.message)
  }
})
element('stop').addEventListener('click', () => stop())
element('resume').addEventListener('click', () => follow())

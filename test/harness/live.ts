import { onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { eventually } from './log.ts'

type Alert = { systemAlerts: { cursor: string; alert: { message: string } } }
type LiveMessage = { type: string; id?: string; payload?: { data: Alert; cursor: string; errors?: unknown } }
type Options = {
  url: string
  /** How to sign in: `authorization` or `x-api-key`. */
  credential: Record<string, string>
  query?: string
  variables?: Record<string, unknown>
}

export const alertsQuery =
  'subscription Live($after: String) { systemAlerts(after: $after) { cursor alert { message } } }'

/** A subscriber over a socket of its own, with the protocol laid open. */
export async function openLive({ url, credential, query = alertsQuery, variables = {} }: Options) {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  const messages: LiveMessage[] = []
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  socket.on('error', () => {})
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  await Promise.race([new Promise((resolve) => socket.once('open', resolve)), closed])
  const send = (message: object) => socket.send(JSON.stringify(message))
  send({ type: 'connection_init', payload: credential })
  await eventually(() => messages.some(({ type }) => type === 'connection_ack')).toBe(true)
  send({ type: 'subscribe', id: 'live', payload: { query, variables } })
  const data = <Data>() =>
    messages.flatMap(({ type, payload }) => (type === 'next' && payload?.data ? [payload.data as Data] : []))
  return {
    socket,
    messages,
    closed,
    send,
    data,
    /** Of alerts: what they said. */
    seen: () => data<Alert>().map(({ systemAlerts }) => systemAlerts.alert.message),
  }
}

import { serveLimit } from './limit.ts'

serveLimit((subscribers, message) => {
  for (const { socket } of subscribers) socket.send(message)
})

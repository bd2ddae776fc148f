/** Operations of frames, RFC 6455 section 5.2. */
export const opcode = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** A frame of a client: masked by zero, which changes nothing and costs nothing. */
export function clientFrame(code: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([0x80 | code, ...length, 0, 0, 0, 0]), payload])
}

type OnFrame = (code: number, data: Buffer, start: number, end: number) => void

/** Takes a stream apart into frames of a server, without copying those that are in one piece. */
export function createFrameReader(onFrame: OnFrame) {
  let rest: Buffer | null = null
  return (chunk: Buffer) => {
    const data: Buffer = rest ? Buffer.concat([rest, chunk]) : chunk
    let at = 0
    for (;;) {
      const left = data.length - at
      if (left < 2) break
      let headBytes = 2
      let bytes = data[at + 1]! & 127
      if (bytes === 126) {
        headBytes = 4
        if (left < headBytes) break
        bytes = data.readUInt16BE(at + 2)
      } else if (bytes === 127) {
        headBytes = 10
        if (left < headBytes) break
        bytes = Number(data.readBigUInt64BE(at + 2))
      }
      const end = at + headBytes + bytes
      if (end > data.length) break
      onFrame(data[at]! & 15, data, at + headBytes, end)
      at = end
    }
    // The chunk is somebody else's memory.
    rest = at < data.length ? Buffer.from(data.subarray(at)) : null
  }
}

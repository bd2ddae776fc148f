import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

const chunkBytes = 64 * 1024
const tagBytes = 16
const sealedChunkBytes = chunkBytes + tagBytes
const cipher = 'aes-256-gcm'

/** Each file has a key of its own, so that the number of the chunk is all the nonce that is needed. */
export function fileKey(masterKey: Buffer, bytesId: string) {
  return Buffer.from(hkdfSync('sha256', masterKey, bytesId, 'gatehouse object bytes', 32))
}

/** Encrypts in chunks of 64 KiB, each with its own tag, so that any range can be read and none unverified. */
export async function* seal(key: Buffer, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let index = 0
  for await (const chunk of inChunks(source)) {
    const encryption = createCipheriv(cipher, key, nonce(index++))
    yield Buffer.concat([encryption.update(chunk), encryption.final(), encryption.getAuthTag()])
  }
}

export type ReadAt = (position: number, bytes: number) => Promise<Buffer>

/** Decrypts the bytes from start to before end of what `seal` made of `size` bytes. */
export async function* unseal(key: Buffer, readAt: ReadAt, size: number, start: number, end: number) {
  for (let index = Math.floor(start / chunkBytes); index * chunkBytes < end; index++) {
    const offset = index * chunkBytes
    const plainBytes = Math.min(chunkBytes, size - offset)
    const sealed = await readAt(index * sealedChunkBytes, plainBytes + tagBytes)
    const decryption = createDecipheriv(cipher, key, nonce(index), { authTagLength: tagBytes })
    decryption.setAuthTag(sealed.subarray(plainBytes))
    const plain = Buffer.concat([decryption.update(sealed.subarray(0, plainBytes)), decryption.final()])
    yield plain.subarray(Math.max(0, start - offset), Math.min(plainBytes, end - offset))
  }
}

async function* inChunks(source: AsyncIterable<Buffer>) {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const piece of source) {
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes < chunkBytes) continue
    let rest: Buffer = Buffer.concat(held)
    for (; rest.length >= chunkBytes; rest = rest.subarray(chunkBytes)) yield rest.subarray(0, chunkBytes)
    held = [rest]
    heldBytes = rest.length
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

function nonce(index: number) {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(index, 8)
  return bytes
}

import { TypeID } from 'typeid-js'
import { type Stream, streams } from '../db/schema/event.ts'
import { idPrefixes } from '../ids.ts'

/**
 * An entry of the audit trail has no id of its own: its TypeID holds its time, its stream and its position, laid out
 * like a UUIDv8 (RFC 9562): 48 bits of milliseconds, version, stream, variant, position.
 */
export function auditEntryId({
  stream,
  position,
  createdAt,
}: {
  stream: Stream
  position: number
  createdAt: Date
}): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(createdAt.getTime(), 0, 6)
  bytes.writeUInt8(0x80, 6)
  bytes.writeUInt8(streams.indexOf(stream), 7)
  bytes.writeBigUInt64BE((0b10n << 62n) | BigInt(position), 8)
  return TypeID.fromUUIDBytes(idPrefixes.auditEntry, bytes).toString()
}

/** Null for what names no entry. */
export function auditEntryPlace(id: string): { stream: Stream; position: number } | null {
  const bytes = Buffer.from(TypeID.fromString(id).toUUIDBytes())
  const stream = streams[bytes.readUInt8(7)]
  const position = Number(bytes.readBigUInt64BE(8) & ((1n << 62n) - 1n))
  return stream && Number.isSafeInteger(position) ? { stream, position } : null
}

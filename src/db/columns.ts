import { customType, text, timestamp } from 'drizzle-orm/pg-core'
import { type Noun, newId } from '../ids.ts'

export const id = (noun: Noun) =>
  text()
    .primaryKey()
    .$defaultFn(() => newId(noun))

/** Milliseconds, as JavaScript dates and keyset cursors hold them: microseconds would make pages skip or repeat. */
export const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 })

/** `updatedAt` is set by a trigger, whoever writes. */
export const times = { createdAt: at().notNull().defaultNow(), updatedAt: at().notNull().defaultNow() }

declare const encryptedValue: unique symbol
/** Bytes that only `PersonalData` makes and opens; a plain value does not fit the column by type. */
export type Encrypted = Buffer & { readonly [encryptedValue]: true }

/** Personal data, AES-256-GCM: key id, nonce, tag and ciphertext, bound to its table, column and row. */
export const encrypted = customType<{ data: Encrypted; driverData: Buffer; jsonData: string }>({
  dataType: () => 'bytea',
  // A nested row comes as JSON, where PostgreSQL writes bytes as \x and hexadecimal digits.
  fromJson: (value) => Buffer.from(value.slice(2), 'hex') as Encrypted,
})

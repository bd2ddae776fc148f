import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Encrypted } from '../../src/db/columns.ts'
import { createPersonalData } from '../../src/db/personal-data.ts'

const [first, second] = [
  { id: 'first', key: randomBytes(32) },
  { id: 'second', key: randomBytes(32) },
]
const place = { table: 'kyc_applications', column: 'date_of_birth', row: 'kyc_1' }
const personalData = createPersonalData([first])

describe('encryption', () => {
  it('goes there and back', () => {
    for (const plain of ['', '1990-02-28', 'Łódź \u{1f3e0}', 'x'.repeat(10_000)]) {
      expect(personalData.decrypt(place, personalData.encrypt(place, plain))).toBe(plain)
    }
  })

  it('shows nothing of the text, and never the same bytes twice', () => {
    const [one, other] = [personalData.encrypt(place, '1990-02-28'), personalData.encrypt(place, '1990-02-28')]
    expect(one.equals(other)).toBe(false)
    expect(one.includes('1990')).toBe(false)
  })

  it.each([
    { ...place, row: 'kyc_2' },
    { ...place, column: 'id_document_number' },
    { ...place, table: 'kyc_documents' },
    // The same letters with the borders elsewhere.
    { table: 'kyc_applicationsdate', column: '_of_birth', row: 'kyc_1' },
    { table: 'kyc_applications', column: 'date_of_birth","kyc', row: '1' },
  ])('does not open what was moved to $table.$column of $row', (elsewhere) => {
    const moved = personalData.encrypt(place, '1990-02-28')
    expect(() => personalData.decrypt(elsewhere, moved)).toThrow()
  })

  it('does not open what was changed in any place, cut or lengthened', () => {
    const value = personalData.encrypt(place, '')
    for (const index of value.keys()) {
      const changed = Buffer.from(value) as Encrypted
      changed[index]! ^= 1
      expect(() => personalData.decrypt(place, changed)).toThrow()
    }
    // A shorter tag would be guessed sooner.
    for (let length = 0; length < value.length; length++) {
      expect(() => personalData.decrypt(place, value.subarray(0, length) as Encrypted)).toThrow()
    }
    expect(() => personalData.decrypt(place, Buffer.concat([value, Buffer.of(0)]) as Encrypted)).toThrow()
  })
})

describe('the rotation of keys', () => {
  const rotated = createPersonalData([second, first])

  it('opens what the old key encrypted, and encrypts with the new one', () => {
    const old = personalData.encrypt(place, 'old')
    expect(rotated.decrypt(place, old)).toBe('old')
    const fresh = rotated.encrypt(place, 'fresh')
    expect(createPersonalData([second]).decrypt(place, fresh)).toBe('fresh')
    expect(() => personalData.decrypt(place, fresh)).toThrow('ENCRYPTION_KEYS lacks the key "second"')
  })

  it('does not open with another key of the same name', () => {
    const renamed = createPersonalData([{ id: 'first', key: randomBytes(32) }])
    expect(() => renamed.decrypt(place, personalData.encrypt(place, 'x'))).toThrow()
  })

  it('needs a key', () => {
    expect(() => createPersonalData([])).toThrow('at least one encryption key')
  })
})

describe('the blind index', () => {
  it('is the same for the same number, however it is written, and differs for another', () => {
    const digest = personalData.digest('AB-123 456')
    for (const same of ['ab123456', ' AB 123/456 ', 'Ab.12-34.56'])
      expect(personalData.digest(same).equals(digest)).toBe(true)
    for (const other of ['AB123457', 'AB12345', '']) expect(personalData.digest(other).equals(digest)).toBe(false)
  })

  it('finds rows that were written under any of the keys', () => {
    const rotated = createPersonalData([second, first])
    const written = [personalData.digest('AB123456'), createPersonalData([second]).digest('AB123456')]
    const wanted = rotated.digests('ab 123456').map(String)
    for (const digest of written) expect(wanted).toContain(String(digest))
    expect(rotated.digest('AB123456').equals(written[1]!)).toBe(true)
    expect(written[0]!.equals(written[1]!)).toBe(false)
  })

  it('says nothing to whoever has the key of the ciphertexts alone, or none', () => {
    const digest = personalData.digest('AB123456')
    expect(digest.equals(createHmac('sha256', first.key).update('AB123456').digest())).toBe(false)
    const derived = Buffer.from(hkdfSync('sha256', randomBytes(32), '', 'gatehouse blind index', 32))
    expect(digest.equals(createHmac('sha256', derived).update('AB123456').digest())).toBe(false)
  })
})

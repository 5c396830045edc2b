import { expect, test } from 'vitest'
import { namesItsZone, readInstant } from './told-instant.ts'

const AT_US = Date.parse('2026-01-15T13:00:00Z') * 1_000

test.each([
  ['2026-01-15T13:00Z', AT_US, 60_000_000],
  ['2026-01-15T13:00:00Z', AT_US, 1_000_000],
  ['2026-01-15T18:30:00+05:30', AT_US, 1_000_000],
  ['2026-01-15T13:00:00.5Z', AT_US + 500_000, 100_000],
  ['2026-01-15T13:00:00.057Z', AT_US + 57_000, 1_000],
  ['2026-01-15T13:00:00.123457Z', AT_US + 123_457, 1_000],
  ['2026-01-15T13:00:00.123456789+00:00', AT_US + 123_456, 1_000],
])('%s is read with every digit, and is as exact as its last', (text, atUs, unitUs) => {
  expect(readInstant(text)).toEqual({ atUs, unitUs })
  expect(namesItsZone(text)).toBe(true)
})

test('what is no time is none, and one without a zone says so', () => {
  expect(readInstant('soon')).toBeNull()
  expect(namesItsZone('2026-01-15T13:00:00.050')).toBe(false)
})

import { expect, test } from 'vitest'
import { unknownSession } from './unknown-session.ts'

const NOBODYS = '0b000000-0000-4000-8000-000000000000'

test.each([
  ['0a000000-0000-4000-8000-000000000000', NOBODYS],
  ['0A000000-0000-4000-8000-000000000000', NOBODYS],
  ['7', '2147483646'],
  ['500008', '2147483646'],
  ['att_7', 'att_2147483646'],
  ['2026/7', '2026/2147483646'],
  ['65f0c0ffee65f0c0ffee65ff', '65f0c0ffee65f0c0aaff76aa'],
  ['V1StGXR8_Z5jdHi6B', 'V1StGXR8_G6keIj7C'],
  ['s1', 't2'],
])('beside %s there is no %s, and it looks the same', (session, unknown) => {
  expect(unknownSession(session, NOBODYS)).toBe(unknown)
})

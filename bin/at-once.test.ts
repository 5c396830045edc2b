import { expect, test } from 'vitest'
import { atOnceOf } from './at-once.ts'

test('the short profiles play suites side by side, the ones that measure for a release one at a time', () => {
  expect(atOnceOf('smoke', undefined, 2)).toBe(3)
  expect(atOnceOf('dev', undefined, 2)).toBe(2)
  expect(atOnceOf('nightly', undefined, 8)).toBe(1)
  expect(atOnceOf('release', undefined, 8)).toBe(1)
})

test('one core plays one suite at a time', () => {
  expect(atOnceOf('smoke', undefined, 1)).toBe(1)
})

test('who asks for a number gets it', () => {
  expect(atOnceOf('dev', 1, 2)).toBe(1)
  expect(atOnceOf('nightly', 4, 2)).toBe(4)
})

import { expect, test } from 'vitest'
import { atOnceOf } from './at-once.ts'

test('the short profiles play suites side by side, the ones that measure for a release one at a time', () => {
  expect(atOnceOf('smoke', undefined, 2, 'containers')).toBe(3)
  expect(atOnceOf('dev', undefined, 2, 'containers')).toBe(2)
  expect(atOnceOf('nightly', undefined, 8, 'containers')).toBe(1)
  expect(atOnceOf('release', undefined, 8, 'containers')).toBe(1)
})

test('one core plays one suite at a time', () => {
  expect(atOnceOf('smoke', undefined, 1, 'containers')).toBe(1)
})

test('who asks for a number gets it', () => {
  expect(atOnceOf('dev', 1, 2, 'containers')).toBe(1)
  expect(atOnceOf('nightly', 4, 2, 'containers')).toBe(4)
})

test('a platform outside plays one suite at a time, whatever the profile', () => {
  expect(atOnceOf('smoke', undefined, 8, 'external')).toBe(1)
  expect(atOnceOf('dev', 2, 8, 'external')).toBe(1)
})

import { expect, test } from 'vitest'
import { formatShare, measuredBeside } from './figures.ts'

test('a number past its limit never looks like the limit', () => {
  const ms = (measured: number) => measuredBeside(measured, 500, 'ms')
  expect(ms(500.223)).toBe('500.2 ms')
  expect(ms(499.96)).toBe('499.96 ms')
  expect(ms(500)).toBe('500 ms')
  expect(ms(431.4)).toBe('431 ms')
  expect(measuredBeside(0.010004, 0.01, 'share')).toBe('1.0004 %')
  expect(measuredBeside(null, 500, 'ms')).toBe('not measured')
  expect(measuredBeside(3, null, 'violations')).toBe('3 violations')
})

test('a share of little is not a share of nothing, and one of nearly all not of all', () => {
  expect(formatShare(0.004)).toBe('0.4 %')
  expect(formatShare(0.00003)).toBe('less than 0.01 %')
  expect(formatShare(0.99997)).toBe('more than 99.99 %')
  expect([0, 1, null].map(formatShare)).toEqual(['0 %', '100 %', 'not measured'])
})

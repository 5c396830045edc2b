import { expect, test } from 'vitest'
import { describeSplit, isCoLocated } from './co-location.ts'
import { sitDay } from './testing/sit-day.ts'

test.each([
  ['http://127.0.0.1:41234', true],
  ['http://localhost:80', true],
  ['http://[::1]:8080', true],
  ['https://exam.school.example', false],
  ['http://10.0.0.7:8080', false],
])('a platform at %s is on this machine: %s', (url, is) => {
  expect(isCoLocated(url)).toBe(is)
})

test('the split is told, capped or not', () => {
  expect(describeSplit(undefined, 2)).toContain('which may use all 2 cores')
  expect(describeSplit(1.5, 2)).toContain('which is capped to 1.5 of 2 cores')
})

test('a day against a server on this machine says so', async () => {
  expect((await sitDay()).result.coLocated).toBe(true)
})

import { existsSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { favourGenerator } from './generator-priority.ts'

const SESSION_GROUP = '/proc/self/autogroup'

function priorities(): unknown {
  return {
    thread: getPriority(0),
    session: existsSync(SESSION_GROUP) ? readFileSync(SESSION_GROUP, 'utf8') : null,
  }
}

test('whatever the operating system allows is really in force, and is taken back afterwards', () => {
  const before = priorities()
  const priority = favourGenerator()
  if (priority.favoured === 'no') expect(priorities()).toEqual(before)
  else expect(getPriority(0)).toBeLessThan(0)
  if (priority.favoured === 'session') expect(readFileSync(SESSION_GROUP, 'utf8')).toMatch(/nice -/)
  priority[Symbol.dispose]()
  expect(priorities()).toEqual(before)
})

test('a second day at the same time does not leave the priority raised', () => {
  const before = priorities()
  const first = favourGenerator()
  const second = favourGenerator()
  expect(second.favoured).toBe(first.favoured)
  first[Symbol.dispose]()
  second[Symbol.dispose]()
  expect(priorities()).toEqual(before)
})

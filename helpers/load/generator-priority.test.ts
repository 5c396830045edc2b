import { execFileSync } from 'node:child_process'
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

/** Loads the module first, so that the checkout may be closed to others, and then gives up every privilege. */
const AS_ORDINARY_USER = `
  const { favourGenerator } = await import('${new URL('./generator-priority.ts', import.meta.url)}')
  if (process.getuid() === 0) process.setuid(65_534)
  process.stdout.write(favourGenerator().favoured)
`

test('without the privilege nothing changes, and nothing fails', () => {
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', AS_ORDINARY_USER], { encoding: 'utf8' })
  expect(said).toBe('no')
})

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { favourGenerator, standBehind } from './generator-priority.ts'

const SESSION_GROUP = '/proc/self/autogroup'
const BEHIND = -constants.priority.PRIORITY_HIGH

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
  if (priority.favoured === 'no') expect(getPriority(0)).toBe(BEHIND)
  else expect(priorities()).toEqual(before)
})

test('a second day at the same time does not leave the priority raised', () => {
  const before = priorities()
  const first = favourGenerator()
  const second = favourGenerator()
  expect(second.favoured).toBe(first.favoured)
  first[Symbol.dispose]()
  second[Symbol.dispose]()
  if (first.favoured !== 'no') expect(priorities()).toEqual(before)
})

/** Loads the module first, so that the checkout may be closed to others, and then gives up every privilege. */
const AS_ORDINARY_USER = `
  const { favourGenerator, standBehind } = await import('${new URL('./generator-priority.ts', import.meta.url)}')
  const { spawn } = await import('node:child_process')
  const { existsSync, readFileSync } = await import('node:fs')
  const { getPriority } = await import('node:os')
  if (process.getuid() === 0) process.setuid(65_534)
  const before = getPriority(0)
  const generator = favourGenerator()
  const meanwhile = getPriority(0)
  const service = spawn('sleep', ['60'], { detached: true })
  await standBehind(service.pid)
  const group = '/proc/' + service.pid + '/autogroup'
  const session = existsSync(group) ? readFileSync(group, 'utf8').trim() : null
  const behind = getPriority(service.pid)
  service.kill('SIGKILL')
  generator[Symbol.dispose]()
  console.log(JSON.stringify({
    favoured: generator.favoured, changed: meanwhile !== before, behind, session, afterwards: getPriority(0),
  }))
`

test('without the privilege the generator stays where it is; services, and its own work afterwards, stand behind', () => {
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', AS_ORDINARY_USER], { encoding: 'utf8' })
  const { session, ...rest } = JSON.parse(said)
  expect(rest).toEqual({ favoured: 'no', changed: false, behind: BEHIND, afterwards: BEHIND })
  if (existsSync(SESSION_GROUP)) expect(session).toMatch(new RegExp(`nice ${BEHIND}$`))
})

test('services stand behind only where the generator may not be put before them', async () => {
  const service = spawn('sleep', ['60'], { detached: true })
  onTestFinished(() => void service.kill('SIGKILL'))
  const before = getPriority(service.pid)
  using priority = favourGenerator()
  await standBehind(service.pid as number)
  expect(getPriority(service.pid)).toBe(priority.favoured === 'no' ? BEHIND : before)
})

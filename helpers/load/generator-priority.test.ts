import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
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
  expect(priorities()).toEqual(before)
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

test('a thread that a favoured one starts runs before others, too, and its end takes nothing back', async () => {
  const before = priorities()
  const priority = favourGenerator()
  const favoured = getPriority(0)
  const worker = new Worker(
    `require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority(0))`,
    {
      eval: true,
    },
  )
  const [inThread] = await once(worker, 'message')
  await worker.terminate()
  expect(inThread).toBe(favoured)
  expect(getPriority(0)).toBe(favoured)
  priority[Symbol.dispose]()
  if (priority.favoured !== 'no') expect(priorities()).toEqual(before)
})

/** Says what its session has, is favoured, and ends when it is told to; then it says so again, and waits. */
const BESIDE = `
  const { favourGenerator, stepBack } = await import('${new URL('./generator-priority.ts', import.meta.url)}')
  const { getPriority } = await import('node:os')
  const { readFileSync } = await import('node:fs')
  const say = (favoured) => console.log(JSON.stringify({
    favoured, thread: getPriority(0), session: Number(/nice (-?[0-9]+)/.exec(readFileSync('${SESSION_GROUP}', 'utf8'))?.[1]),
  }))
  const priority = favourGenerator()
  say(priority.favoured)
  process.stdin.once('data', () => {
    priority[Symbol.dispose]()
    stepBack()
    say(priority.favoured)
  })
`

test('of two that generate load side by side the first to end leaves the other its favour, the last gives it back', async () => {
  if (!existsSync(SESSION_GROUP)) return
  // A session of their own: that of the test is its parent's.
  const parent = spawn(
    'sh',
    [
      '-c',
      '"$0" --input-type=module -e "$1" <&3 & "$0" --input-type=module -e "$1" <&4 >&5; wait',
      process.execPath,
      BESIDE,
    ],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe', 'pipe'],
    },
  )
  onTestFinished(() => void process.kill(-(parent.pid as number), 'SIGKILL'))
  const pipes: readonly unknown[] = parent.stdio
  const [one, other] = [linesOf(pipes[1]), linesOf(pipes[5])]
  const [first, second] = [await one(), await other()]
  if (first.favoured !== 'session') return
  expect([first, second].map(({ thread, session }) => [thread, session])).toEqual([
    [-BEHIND, -BEHIND],
    [-BEHIND, -BEHIND],
  ])
  tell(pipes[3])
  expect(await one()).toMatchObject({ thread: BEHIND, session: -BEHIND })
  tell(pipes[4])
  expect(await other()).toMatchObject({ thread: BEHIND, session: 0 })
})

function tell(stdin: unknown): void {
  ;(stdin as NodeJS.WritableStream).write('end\n')
}

/** The lines that a stream says, one a call. */
function linesOf(stream: unknown): () => Promise<{ favoured: string; thread: number; session: number }> {
  const lines = createInterface({ input: stream as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  return async () => JSON.parse(String((await lines.next()).value))
}

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

test('without the privilege the generator stays where it is, on a second day as well; services stand behind', () => {
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', AS_ORDINARY_USER], { encoding: 'utf8' })
  const { session, ...rest } = JSON.parse(said)
  expect(rest).toEqual({ favoured: 'no', changed: false, behind: BEHIND, afterwards: 0 })
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

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

/** A process of its own loads everything that a detection needs. */
const TIMEOUT_MS = 30_000

async function detection(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'detection.ts'), ...args])
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { exitCode, stdout, stderr }
}

test.concurrent('every wrong flag is told at once, with 3: 1 means that a defect was missed', {
  timeout: TIMEOUT_MS,
}, async () => {
  const wrong = ['--foo', '--only', 'nope', '--seed', 'abc', '--host', 'k8s', '--healthy', '-1', '--resume=x', 'stray']
  const { exitCode, stderr } = await detection(...wrong)
  expect(exitCode).toBe(3)
  expect(stderr.match(/^CONFIG_INVALID/gm)).toHaveLength(7)
  for (const seen of ['--foo', '"nope"', '"abc"', '"k8s"', '"-1"', 'x', '"stray"'])
    expect(stderr).toContain(`seen:     ${seen}\n`)
  expect(stderr).not.toMatch(/^ +at /m)
})

test.concurrent('--help shows the flags and rehearses nothing', { timeout: TIMEOUT_MS }, async () => {
  const { exitCode, stdout, stderr } = await detection('--help')
  expect([exitCode, stderr]).toEqual([0, ''])
  for (const flag of ['--only', '--resume', '--healthy', '--seed', '--host']) expect(stdout).toContain(flag)
})

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ERROR_CODES, RehearsalError } from './errors.ts'

test('docs/errors.md has each code of the table, with its exit code, a cause and a remedy, and no other', async () => {
  const page = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\| (\d) +\| (.+?) +\| (.+?) +\|$/gm)]
  expect(rows.map(([, code, exitCode]) => `${code} ${exitCode}`).sort()).toEqual(
    Object.entries(ERROR_CODES)
      .map(([code, { exitCode }]) => `${code} ${exitCode}`)
      .sort(),
  )
  for (const [, , , cause, remedy] of rows) {
    expect(cause?.length).toBeGreaterThan(10)
    expect(remedy?.length).toBeGreaterThan(10)
  }
})

test('the message carries code, title, service, expected, seen and next; the cause is kept', () => {
  const cause = new Error('ECONNREFUSED')
  const error = new RehearsalError('SERVICE_LOST', {
    expected: 'a connection',
    seen: 'none',
    next: 'Look at its log.',
    service: 'PostgreSQL',
    cause,
  })
  expect(error.message).toBe(
    'SERVICE_LOST: A service or the engine went away (PostgreSQL)\n  expected: a connection\n  seen:     none\n  next:     Look at its log.',
  )
  expect(error).toMatchObject({ code: 'SERVICE_LOST', exitCode: 2, service: 'PostgreSQL', cause })
})

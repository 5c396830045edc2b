import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { describeLoadError } from './describe-load-error.ts'

const SYNTAX = `/x/api.ts:7
  saveAnswer: (,
             ^

SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expression expected
    at parseTypeScript (node:internal/modules/typescript:72:36)`
const THROWN = `Error: no secret
    at secretOf (file:///x/secret.ts:3:9)
    at file:///x/rehearsal.config.ts:1:1
    at async loadConfig (file:///project/bin/load-config.ts:17:34)`
const IN_PACKAGE = `TypeError: no url
    at parse (file:///x/node_modules/url/index.js:1:1)
    at file:///x/rehearsal.config.ts:4:2`
const NOT_FOUND = `Error: Cannot find module '/x/nope.ts' imported from /x/api.ts
    at finalizeResolution (node:internal/modules/esm/resolve:1:1)
    at async loadConfig (file:///project/bin/load-config.ts:17:34)`

test.each([
  ['a mistake in the language', 'Expression expected', SYNTAX, 'Expression expected (/x/api.ts:7)'],
  ['what was thrown', 'no secret', THROWN, 'no secret (/x/secret.ts:3)'],
  ['what a package threw', 'no url', IN_PACKAGE, 'no url (/x/rehearsal.config.ts:4)'],
  [
    'what is not there',
    "Cannot find module '/x/nope.ts' imported from /x/api.ts",
    NOT_FOUND,
    "Cannot find module '/x/nope.ts' imported from /x/api.ts",
  ],
])('%s is told with its place, where the stack has one', (_what, message, stack, told) => {
  expect(describeLoadError(Object.assign(new Error(message), { stack }))).toBe(told)
})

test('what is no error is told as it is', () => {
  expect(describeLoadError('no')).toBe('no')
  expect(describeLoadError(undefined)).toBe('undefined')
})

test('a module that throws is told with its file and line', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'load-error-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, 'own.mjs')
  await writeFile(file, '\n\nthrow new Error("no")\n')
  const error = await import(/* @vite-ignore */ file).catch((thrown: unknown) => thrown)
  expect(describeLoadError(error)).toMatch(/^no \(.*own\.mjs:3\)$/)
})

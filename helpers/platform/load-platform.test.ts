import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tokens } from '../candidate/exam-api.ts'
import { checkPlatform, loadPlatform, REFERENCE_PLATFORM } from './load-platform.ts'
import { platformHash } from './platform-hash.ts'
import { platformProblems } from './platform-problems.ts'
import reference from './reference-platform.ts'
import { runPlatform } from './run-platform.ts'
import tiny from './testing/tiny-platform.ts'

const TINY = fileURLToPath(new URL('./testing/tiny-platform.ts', import.meta.url))

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'platform-'))
})
afterAll(() => rm(dir, { recursive: true }))

const module = async (name: string, text: string): Promise<string> => {
  const file = join(dir, name)
  await writeFile(file, text)
  return file
}

describe('the platform of a run', () => {
  test('is the reference where none is named, and a module where one is', async () => {
    expect(await loadPlatform()).toBe(reference)
    expect(await loadPlatform(REFERENCE_PLATFORM)).toMatchObject({ name: 'reference' })
    expect(await checkPlatform(TINY)).toMatchObject({ platform: { name: 'tiny', health: { ready: '/up' } } })
    expect(await runPlatform(TINY)).toMatchObject({
      platform: {
        file: TINY,
        name: 'tiny',
        lacks: expect.arrayContaining(['answerVersions', 'metrics', 'requestLogs', 'backgroundJobs']),
      },
    })
  })

  test('a module that is not there, or cannot be loaded, is a problem and no exception', async () => {
    for (const file of [join(dir, 'nowhere.ts'), await module('broken.ts', 'export default {')]) {
      expect(await checkPlatform(file)).toMatchObject({
        problems: [{ code: 'PLATFORM_INVALID', exitCode: 3, expected: `${file} can be loaded` }],
      })
      await expect(loadPlatform(file)).rejects.toMatchObject({ code: 'PLATFORM_INVALID' })
    }
  })

  test('a module that throws is told with file and line, also where it is another that it imports', async () => {
    await module('throws.mjs', '\n\nthrow new Error("no variable")\n')
    const file = await module('imports.mjs', "import './throws.mjs'\nexport default {}\n")
    expect(await checkPlatform(file)).toMatchObject({
      problems: [{ seen: expect.stringMatching(/^no variable \(.*throws\.mjs:3\)$/) }],
    })
  })

  test('a module without a default export says how to make one', async () => {
    expect(await checkPlatform(await module('empty.ts', 'export const platform = 1'))).toMatchObject({
      problems: [{ expected: 'a default export made by definePlatform({ ... })', seen: 'nothing' }],
    })
  })

  test('everything that is wrong with it is told at once', () => {
    const { submit: _, ...api } = tiny.api
    const { jobs: __, ...freeze } = tiny.freeze ?? {}
    const { review: ___, ...capabilities } = tiny.capabilities
    const wrong = {
      ...tiny,
      name: 'two words',
      api: { ...api, authorise: 'Bearer', openLogin: '/login' },
      health: { ready: 'up', live: '/alive' },
      freeze,
      capabilities: { ...capabilities, flying: true },
    }
    const paths = platformProblems(wrong).map(({ expected }) => expected.split(':')[0])
    expect(paths.sort()).toEqual([
      'platform.api.authorise',
      'platform.api.openLogin',
      'platform.api.submit',
      'platform.capabilities',
      'platform.capabilities.review',
      'platform.freeze.jobs',
      'platform.health.ready',
      'platform.name',
    ])
  })

  test('what is declared and what is there must agree, in both directions', () => {
    const { freeze: _, ...frozen } = tiny
    const capabilities = { ...tiny.capabilities, metrics: true }
    expect(platformProblems({ ...frozen, capabilities })).toMatchObject([
      { expected: expect.stringContaining('runtimeFreezeToggle'), seen: 'true, and platform.freeze is absent' },
      { expected: expect.stringContaining('metrics'), seen: 'true, and platform.health.metrics is absent' },
    ])
    expect(platformProblems({ ...tiny, health: { ...tiny.health, metrics: '/m' } })).toHaveLength(1)
    expect(platformProblems(tiny)).toEqual([])
    expect(platformProblems(reference)).toEqual([])
  })

  test('what the freeze refuses may come by any method that changes something', () => {
    const askedWith = (method: string) => {
      const operations = tiny.freeze?.operations.map((operation) => ({ ...operation, method }))
      return platformProblems({ ...tiny, freeze: { ...tiny.freeze, operations } })
    }
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) expect(askedWith(method)).toEqual([])
    expect(askedWith('TRACE')).toHaveLength(1)
  })

  test('a log-in that is opened first has a route, and no other has', () => {
    const api = { ...tiny.api, openLogin: () => undefined }
    const routes = { ...tiny.routes, 'open-login': { method: 'GET', route: '/in', authenticated: false } }
    expect(platformProblems({ ...tiny, api, routes })).toEqual([])
    const expected = 'platform.routes.open-login is there exactly when platform.api.openLogin is'
    expect(platformProblems({ ...tiny, api })).toMatchObject([{ expected, seen: expect.stringContaining('is absent') }])
    expect(platformProblems({ ...tiny, routes })).toMatchObject([{ expected }])
    const { login: _, ...others } = routes
    expect(platformProblems({ ...tiny, api, routes: { ...others, 'log-in': routes.login } })).toMatchObject([
      { expected: expect.stringMatching(/^platform\.routes\.login: /) },
      { expected: expect.stringMatching(/^platform\.routes: .*log-in/) },
    ])
  })

  test('what tells whether it is ready is no address of candidates, where requests are counted or logged', () => {
    const api = { ...tiny.api, openLogin: () => undefined }
    const routes = { ...tiny.routes, 'open-login': { method: 'GET', route: '/in', authenticated: false } }
    const asked = (health: object, capabilities: object) =>
      platformProblems({
        ...{ ...tiny, api, routes },
        health: { ...tiny.health, ...health },
        capabilities: { ...tiny.capabilities, ...capabilities },
      })
    const clash = [
      {
        expected: expect.stringMatching(/^platform\.health\.ready: /),
        seen: expect.stringContaining('routes.open-login'),
      },
    ]
    expect(asked({ ready: '/in' }, { requestLogs: true })).toMatchObject(clash)
    expect(asked({ ready: '/in?ready', metrics: '/m' }, { metrics: true })).toMatchObject(clash)
    expect(asked({ ready: '/in', live: '/in' }, { requestLogs: true })).toHaveLength(2)
    expect(asked({ metrics: '/in' }, { metrics: true })).toHaveLength(1)
    // Nobody counts them, and a form may be all that it has to show.
    expect(asked({ ready: '/in' }, {})).toEqual([])
    expect(asked({ ready: '/in/now' }, { requestLogs: true })).toEqual([])
  })

  test('what is misspelt in the calls or the freeze is told, and not left out', () => {
    const misspelt = {
      ...tiny,
      api: { ...tiny.api, authorize: () => ({ cookie: 'a' }), openlogin: () => undefined },
      freeze: { ...tiny.freeze, singleprocess: true },
    }
    expect(platformProblems(misspelt)).toMatchObject([
      { expected: expect.stringMatching(/^platform\.api: .*authorize.*openlogin/) },
      { expected: expect.stringMatching(/^platform\.freeze: .*singleprocess/) },
    ])
  })

  test('whoever asks is known by headers, whatever the token is', () => {
    const said = (authorise: unknown) => platformProblems({ ...tiny, api: { ...tiny.api, authorise } })
    expect(said(({ accessToken }: Tokens) => ({ cookie: `sid=${accessToken}` }))).toEqual([])
    for (const wrong of [
      ({ accessToken }: Tokens) => ({ cookie: JSON.parse(accessToken).sid }),
      () => ({}),
      () => undefined,
      () => ({ 'x-user': 7 }),
      { authorization: 'Bearer' },
    ]) {
      expect(said(wrong)).toMatchObject([{ expected: expect.stringMatching(/^platform\.api\.authorise: /) }])
    }
  })

  test('a grace is a number of seconds that somebody can wait for', () => {
    for (const graceSeconds of [0, 0.5, 30, 600]) expect(platformProblems({ ...tiny, graceSeconds })).toEqual([])
    for (const graceSeconds of [-1, 601, Number.NaN, Number.POSITIVE_INFINITY, '30']) {
      expect(platformProblems({ ...tiny, graceSeconds })).toMatchObject([
        { expected: expect.stringMatching(/^platform\.graceSeconds: /) },
      ])
    }
  })

  test('its mapping is found from the module, wherever it is loaded from', async () => {
    const file = await module(
      'mapped.ts',
      `import tiny from ${JSON.stringify(TINY)}\nexport default { ...tiny, schema: './schema' }`,
    )
    expect(await checkPlatform(file)).toMatchObject({ platform: { schema: join(dir, 'schema') } })
  })
})

test('another text of the module, of what it imports, or of its mapping is another adapter', async () => {
  const file = await module('whole.ts', "import { a } from './part.ts'\nexport default a")
  await module('part.ts', 'export const a = 1')
  const schema = join(dir, 'schema')
  await mkdir(schema, { recursive: true })
  await writeFile(join(schema, 'answers.sql'), 'SELECT 1')
  const hashes = [await platformHash(file), await platformHash(file, schema)]
  await module('part.ts', 'export const a = 2')
  hashes.push(await platformHash(file, schema))
  await writeFile(join(schema, 'answers.sql'), 'SELECT 2')
  hashes.push(await platformHash(file, schema))
  expect(new Set(hashes).size).toBe(4)
  expect(await platformHash(file, schema)).toBe(hashes[3])
})

test('what it imports by its words only, a type or in a comment, need not be there', async () => {
  const types = "import type { A } from './types.js'\n// As in './old.ts', from './older.ts'.\n"
  const file = await module('words.ts', `${types}import tiny from ${JSON.stringify(TINY)}\nexport default tiny`)
  expect(await runPlatform(file)).toMatchObject({
    platform: { name: 'tiny', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
})

test('everything that is wrong with the folder of its mapping is told before anything starts', async () => {
  const mapped = async (folder: string) =>
    runPlatform(
      await module(
        `with-${folder}.ts`,
        `import tiny from ${JSON.stringify(TINY)}\nexport default { ...tiny, schema: './${folder}' }`,
      ),
    )
  expect(await mapped('no-folder')).toMatchObject({ problems: [{ code: 'PLATFORM_INVALID' }] })
  await mkdir(join(dir, 'no-file'))
  expect(await mapped('no-file')).toMatchObject({ problems: [{ expected: expect.stringContaining('at least one') }] })
  await mkdir(join(dir, 'no-selects'))
  await writeFile(join(dir, 'no-selects', 'users.sql'), 'DELETE FROM people')
  await writeFile(join(dir, 'no-selects', 'exams.sql'), '')
  const { problems } = (await mapped('no-selects')) as { problems: readonly { expected: string }[] }
  expect(problems.map(({ expected }) => /\w+\.sql/.exec(expected)?.[0]).sort()).toEqual(['exams.sql', 'users.sql'])
})

test.each([
  ['answer', true],
  ['aula.answer', true],
  ['Answers_2', true],
  ['a.b.c', false],
  ['2answers', false],
  ['answer; DROP TABLE users', false],
  ['"answer"', false],
  ['', false],
])('a table of answers is a name and nothing else, for it stands in statements: %j', (answersTable, valid) => {
  const problems = platformProblems({ ...tiny, schema: './schema', answersTable })
  expect(problems.length === 0).toBe(valid)
  if (!valid) expect(JSON.stringify(problems)).toContain('answersTable')
})

test('what the command line of workers contains is a text, of a platform that has workers', () => {
  expect(platformProblems({ ...tiny, workerCommand: 'php-fpm: pool' })).toEqual([])
  for (const wrong of ['', /fpm/, true]) {
    expect(JSON.stringify(platformProblems({ ...tiny, workerCommand: wrong }))).toContain('platform.workerCommand')
  }
  const both = platformProblems({ ...tiny, workerCommand: 'php-fpm: pool', singleProcess: true })
  expect(both).toMatchObject([{ expected: expect.stringContaining('platform.singleProcess'), seen: 'both' }])
})

test('that it is a single process is said with true, or not at all', () => {
  expect(platformProblems({ ...tiny, singleProcess: true })).toEqual([])
  expect(platformProblems({ ...tiny, fixedWorkers: true })).toEqual([])
  expect(JSON.stringify(platformProblems({ ...tiny, fixedWorkers: false }))).toContain('platform.fixedWorkers')
  for (const wrong of [false, 1, 'yes']) {
    expect(JSON.stringify(platformProblems({ ...tiny, singleProcess: wrong }))).toContain('platform.singleProcess')
  }
})

import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rehearse } from './rehearse-command.ts'
import { withoutEngine } from './testing/without-engine.ts'

/*
 * What is refused before anything is sent to a platform outside. The platform is a port of this machine on which every
 * connection is counted, and refused or not, none may come.
 */

interface Asked {
  /** Source of `external` in the configuration; `{url}` is the address of the platform. */
  readonly external?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** How many are on the list. */
  readonly candidates?: number
  readonly durationSeconds?: number
}

async function tryOut({ external, flags = [], env = {}, candidates = 40, durationSeconds = 600 }: Asked) {
  const dir = await mkdtemp(join(tmpdir(), 'outside-'))
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    server.close()
    await rm(dir, { recursive: true })
  })
  const { port } = server.address() as { port: number }
  const list = {
    exam: { id: 'e-1', questions: 12, durationSeconds },
    candidates: Array.from({ length: candidates }, (_, index) => ({ email: `r-${index}@example.org`, password: 'x' })),
  }
  await writeFile(join(dir, 'candidates.json'), JSON.stringify(list))
  const configFile = join(dir, 'rehearsal.config.mjs')
  const described = external?.replaceAll('{url}', `http://127.0.0.1:${port}`)
  await writeFile(configFile, `export default { ${described === undefined ? '' : `external: { ${described} }`} }`)
  const begun: string[] = []
  const lines: string[] = []
  const exitCode = await rehearse(['run', '--host', 'external', '--profile', 'smoke', ...flags], env, {
    ...{ runsDir: join(dir, 'runs'), configFile },
    output: { isTTY: false, columns: 80, write: (text: string) => void lines.push(text) },
    surroundings: async () => ({
      ...withoutEngine,
      sweep: async () => {
        begun.push('sweep')
        throw new Error('it was begun')
      },
    }),
  })
  if (existsSync(join(dir, 'runs'))) begun.push('runs')
  const said = lines.join('')
  return { exitCode, said, begun, connections, codes: [...said.matchAll(/^([A-Z_]+): /gm)].map(([, code]) => code) }
}

const GOOD = `url: '{url}', candidates: './candidates.json', others: 'none'`

const FAULT = `{ name: 'redis-stopped', part: 'redis', inject: ['stop'], felt: ['see'], heal: ['start'] }`

describe('a platform outside is refused before anything is sent', () => {
  test.each<readonly [string, Asked, string, string]>([
    ['without external', {}, 'CONFIG_INVALID', 'external.url'],
    ['with a path in its address', { external: `url: '{url}/api'` }, 'CONFIG_INVALID', 'external.url'],
    [
      'with a password in its address',
      { external: `url: 'https://a:b@test.example'` },
      'CONFIG_INVALID',
      'external.url',
    ],
    [
      'with the address of a database in clear',
      { external: `${GOOD}, databaseUrl: 'postgres://a:b@c/d'` },
      ...(['CONFIG_INVALID', 'external.databaseUrl'] as const),
    ],
    [
      'when it looks like production',
      { external: GOOD.replace('{url}', 'https://exam.school.example') },
      ...(['OUTSIDE_REFUSED', 'exam.school.example'] as const),
    ],
    ['without a list, and without enrol', { external: `url: '{url}', others: 'none'` }, 'CONFIG_INVALID', 'enrol'],
    [
      'when nobody can say whether others are there',
      { external: GOOD.replace(`, others: 'none'`, '') },
      ...(['CONFIG_INVALID', 'external.others'] as const),
    ],
    [
      'with a list that is not there',
      { external: GOOD.replace('./candidates', './gone') },
      ...(['CONFIG_INVALID', 'gone.json'] as const),
    ],
    ['with too few candidates', { external: GOOD, candidates: 39 }, 'CONFIG_INVALID', '39'],
    ['with sessions that are too short', { external: GOOD, durationSeconds: 10 }, 'CONFIG_INVALID', '10 s'],
    [
      'with more load than is allowed',
      { external: `${GOOD}, maxCandidates: 39` },
      'OUTSIDE_REFUSED',
      '40 of the profile',
    ],
    [
      'with a phase that needs a stage',
      { external: GOOD, flags: ['--only', '2-load', '--only', '3-faults/redis'] },
      ...(['HOST_UNAVAILABLE', '3-faults/redis'] as const),
    ],
    [
      'with faults of the catalogue',
      {
        external: `${GOOD}, faults: [${FAULT}]`,
        candidates: 80,
        flags: ['--only', '4-integrity', '--faults', 'redis-hung'],
      },
      ...(['CONFIG_INVALID', 'redis-hung'] as const),
    ],
    [
      'with phases side by side',
      { external: `${GOOD}, faults: [${FAULT}]`, candidates: 80, flags: ['--at-once', '2'] },
      ...(['CONFIG_INVALID', '--at-once'] as const),
    ],
    [
      'with two faults of one name',
      { external: `${GOOD}, faults: [${FAULT}, ${FAULT}]` },
      ...(['CONFIG_INVALID', 'external.faults'] as const),
    ],
    [
      'with people for one phase only',
      { external: `${GOOD}, faults: [${FAULT}]`, candidates: 79 },
      ...(['CONFIG_INVALID', '39'] as const),
    ],
    [
      'with a variable that is not set',
      { external: `${GOOD}, databaseUrl: '{env:STAGING_DB}'` },
      ...(['CONFIG_INVALID', 'STAGING_DB'] as const),
    ],
    [
      'with a database that looks like production, which is not even asked',
      {
        external: `${GOOD}, databaseUrl: '{env:STAGING_DB}'`,
        env: { STAGING_DB: 'postgres://r:s@127.0.0.1:1/exam_prod' },
      },
      ...(['OUTSIDE_REFUSED', 'exam_prod'] as const),
    ],
    [
      'with a database that does not answer',
      {
        external: `${GOOD}, databaseUrl: '{env:STAGING_DB}'`,
        env: { STAGING_DB: 'postgres://r:s@127.0.0.1:1/exam_test' },
      },
      ...(['OUTSIDE_REFUSED', 'a database that can be asked'] as const),
    ],
  ])('%s', async (_, asked, code, words) => {
    const { exitCode, said, begun, connections, codes } = await tryOut(asked)
    expect(exitCode).toBe(3)
    expect(codes, said).toEqual([code])
    expect(said).toContain(words)
    expect(begun).toEqual([])
    expect(connections).toBe(0)
  })

  test('for every reason at once', async () => {
    const { codes, connections, said } = await tryOut({
      external: `url: 'https://www.exam.example', candidates: './candidates.json', maxCandidates: 2`,
      candidates: 3,
      flags: ['--only', '7-recovery'],
    })
    expect(codes.toSorted(), said).toEqual([
      ...['CONFIG_INVALID', 'CONFIG_INVALID', 'HOST_UNAVAILABLE', 'OUTSIDE_REFUSED', 'OUTSIDE_REFUSED'],
    ])
    expect(connections).toBe(0)
  })

  test('unless it is named', async () => {
    const { begun } = await tryOut({
      external: `${GOOD.replace('{url}', 'https://exam.school.example')}, notProduction: ['exam.school.example']`,
    })
    expect(begun).toEqual(['sweep'])
  })
})

test('a dry run says what would be done, and sends nothing', async () => {
  const { exitCode, said, begun, connections } = await tryOut({ external: GOOD, flags: ['--dry-run', '--seed', '7'] })
  expect(exitCode).toBe(3)
  for (const words of [
    /^outside http:\/\/127\.0\.0\.1:\d+$/m,
    /^sends {3}to http.*at most \d+ requests, retries apart, of 40 candidates/m,
    /^who {5}exam e-1, of .*candidates\.json$/m,
    /^makes {3}up to 40 sessions/m,
    /^reads {3}no database$/m,
    /^breaks {2}nothing$/m,
    /^stops {3}when more than 30 %/m,
    /Nothing was sent and nothing was rehearsed/,
  ]) {
    expect(said).toMatch(words)
  }
  expect(begun).toEqual([])
  expect(connections).toBe(0)
})

test('two phases are played one after the other, also in a profile that plays them side by side', async () => {
  const flags = ['--dry-run', '--seed', '7', '--at-once', '1']
  for (const given of [flags, flags.slice(0, 3)]) {
    const { said } = await tryOut({ external: `${GOOD}, faults: [${FAULT}]`, candidates: 80, flags: given })
    expect(said).toMatch(/^plan {4}2-load, 4-integrity with profile smoke$/m)
    expect(said).not.toContain('side by side')
  }
})

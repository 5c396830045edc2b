import { expect, test } from 'vitest'
import { RehearsalError } from '../helpers/errors.ts'
import type { CohortDay } from '../helpers/load/find-saturation.ts'
import { type SaturateTools, saturateCommand } from './saturate-command.ts'

const WELL = { valid: true, reason: null } as const

function tools(over: Partial<SaturateTools> = {}, day: (candidates: number) => Partial<CohortDay> = () => ({})) {
  const stored: unknown[] = []
  const played: number[] = []
  const set: SaturateTools = {
    configure: async () => ({ config: {} }),
    refuse: async () => [],
    async play(_profile, candidates) {
      played.push(candidates)
      const goodputPerSecond = candidates / 3
      return { candidates, goodputPerSecond, p95Ms: 20, p99Ms: 40.4, slo: WELL, data: WELL, ...day(candidates) }
    },
    store: async (report) => void stored.push(report),
    ...over,
  }
  return { set, stored, played }
}

async function saturate(argv: readonly string[], { set }: ReturnType<typeof tools>, env = {}) {
  const lines: string[] = []
  const code = await saturateCommand(argv, env, (line) => lines.push(line), set)
  return { code, lines }
}

test('every day is told with its figures, and the answer is stored', async () => {
  const own = tools()
  const { code, lines } = await saturate(['--profile', 'smoke', '--seed', '7', '--up-to', '1.5'], own)
  expect(code).toBe(0)
  expect(own.played).toEqual([40, 48, 60])
  expect(lines).toEqual([
    'backend the reference (no backend in rehearsal.config.ts)',
    'Phase 2 of smoke, 40 registered, seed 7, on containers; each day on a fresh stage.',
    '    40 candidates (1.00 ×)   acknowledged 13.3/s   p95 20 ms   p99 40 ms   in order',
    '    48 candidates (1.20 ×)   acknowledged 16.0/s   p95 20 ms   p99 40 ms   in order',
    '    60 candidates (1.50 ×)   acknowledged 20.0/s   p95 20 ms   p99 40 ms   in order',
    '[yes] 1.2 times the registered candidates can sit their exam: headroom at least 1.50; 1.2 is needed',
  ])
  expect(own.stored).toMatchObject([{ schema: 1, profile: 'smoke', seed: 7, headroom: 1.5, valid: true }])
})

test.each([
  [
    'an SLO that breaks too early',
    { slo: { valid: false, reason: 'response-time: p95 900 ms' } },
    1,
    'broken: response',
  ],
  ['a lost answer', { data: { valid: false, reason: 'no-lost-answer: 1 violation' } }, 1, 'broken: no-lost-answer'],
  ['a generator in trouble', { slo: { valid: 'unknown', reason: 'generator-health' } }, 2, 'unknown: generator'],
  [
    'a figure that is missing',
    { goodputPerSecond: null, p95Ms: null },
    2,
    'acknowledged not measured   p95 not measured',
  ],
] as const)('%s is no headroom', async (_what, day, exit, told) => {
  const { code, lines } = await saturate(
    ['--profile', 'smoke'],
    tools({}, () => day),
  )
  expect(code).toBe(exit)
  expect(lines.join('\n')).toContain(told)
})

test('everything wrong is said at once, before anything is asked of the machine', async () => {
  const refuse = () => Promise.reject(new Error('must not be asked'))
  const argv = ['--profile', 'huge', '--up-to', '1', '--seed', 'x', '--host', 'external', '--wrong']
  const { code, lines } = await saturate(argv, tools({ refuse }))
  expect(code).toBe(3)
  expect(lines).toHaveLength(5)
  for (const line of lines) expect(line).toContain('CONFIG_INVALID')
})

test('the configured backend and thresholds are those that are asked', async () => {
  const seen: unknown[] = []
  const backend = { image: 'exam/backend:1' }
  const own = tools({
    configure: async () => ({ config: { backend, thresholds: { smoke: { p95Ms: 123 } } } }),
    refuse: async (...asked) => {
      seen.push(asked[2])
      return []
    },
    play: async (profile, candidates, options) => {
      seen.push(profile.thresholds.p95Ms, options.backend)
      return { candidates, goodputPerSecond: 1, p95Ms: 1, p99Ms: 1, slo: { valid: false, reason: 'slow' }, data: WELL }
    },
  })
  expect((await saturate(['--profile', 'smoke'], own)).code).toBe(1)
  expect(seen).toEqual(['exam/backend:1', 123, backend])
  const { code, lines } = await saturate(['--host', 'processes'], own)
  expect(code).toBe(3)
  expect(lines.join()).toContain('HOST_UNAVAILABLE')
})

test.each([
  [['--config', '/my/rehearsal.config.ts'], {}],
  [[], { REHEARSAL_CONFIG: '/my/rehearsal.config.ts' }],
])('another configuration is read where it was asked for: %j %j', async (argv, env) => {
  const read: string[] = []
  const own = tools({
    configure: async (file) => {
      read.push(file)
      return { config: { backend: { image: 'exam/backend:1' } } }
    },
  })
  const { lines } = await saturate(['--profile', 'smoke', '--up-to', '1.2', ...argv], own, env)
  expect(read).toEqual(['/my/rehearsal.config.ts'])
  expect(lines[0]).toBe('backend exam/backend:1')
  expect((await saturate(['--config'], own)).lines.join()).toContain('a file after --config')
})

test('a machine that lacks something plays nothing', async () => {
  const lacking = new RehearsalError('CONFIG_INVALID', { expected: 'an engine', seen: 'none', next: 'Start it.' })
  const own = tools({ refuse: async () => [lacking] })
  expect((await saturate([], own)).code).toBe(3)
  expect(own.played).toEqual([])
})

test('the machine is asked for what the configuration wants, and a variable that does not exist is refused', async () => {
  const asked: unknown[] = []
  const own = tools({
    configure: async () => ({ config: { machine: { minFreeDiskGB: 7 } } }),
    refuse: async (_host, env) => {
      asked.push(env)
      return []
    },
  })
  await saturate(['--profile', 'smoke', '--up-to', '1.2'], own)
  expect(asked).toEqual([{ REHEARSAL_MIN_FREE_DISK_GB: '7' }])
  const { code, lines } = await saturate(['--profile', 'smoke', '--up-to', '1.2'], own, { REHEARSAL_PROFIL: 'dev' })
  expect(code).toBe(3)
  expect(lines.join()).toContain('REHEARSAL_PROFIL')
})

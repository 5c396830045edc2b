import { expect, test } from 'vitest'
import { defineRehearsal, validateConfig } from './rehearsal-config.ts'

test('the example of every field is accepted as it is', () => {
  const config = defineRehearsal({
    profile: 'dev',
    host: 'containers',
    machine: { minFreeDiskGB: 5, minFreeMemoryGB: 0 },
    thresholds: { dev: { p95Ms: 300 }, nightly: { errorRate: 0.005, databasePool: 0.7, startBurstErrorRate: 0 } },
  })
  expect(validateConfig(config, 'rehearsal.config.ts')).toEqual({ config })
  expect(validateConfig({}, 'rehearsal.config.ts')).toEqual({ config: {} })
})

test('every mistake is named at once with its path, what was expected and what was seen', () => {
  const result = validateConfig(
    {
      profile: 'huge',
      machine: { minFreeDiskGB: '5' },
      thresholds: { dev: { p95Ms: 0, errorRate: 1.5, p99: 1 } },
      hots: 'x',
    },
    'rehearsal.config.ts',
  )
  const problems = 'problems' in result ? result.problems : []
  expect(problems.map(({ code, expected, seen }) => `${code} ${expected} / ${seen}`).sort()).toEqual([
    'CONFIG_INVALID default.machine.minFreeDiskGB: a number / "5"',
    'CONFIG_INVALID default.profile: one of smoke, proof, dev, long-faults, sessions-400, answers-300, submits-400, nightly, release / "huge"',
    'CONFIG_INVALID default.thresholds.dev.errorRate: at most 1 / 1.5',
    'CONFIG_INVALID default.thresholds.dev.p95Ms: more than 0 / 0',
    'CONFIG_INVALID default.thresholds.dev: no other keys than the known ones / p99',
    'CONFIG_INVALID default: no other keys than the known ones / hots',
  ])
})

test('what must stand there is said in the words of the documentation', () => {
  const result = validateConfig({ phases: '2-load', reports: { keepRuns: 1.5 }, machine: 5, sqlDir: 7 }, 'c.ts')
  const problems = 'problems' in result ? result.problems : []
  expect(problems.map(({ expected }) => expected).sort()).toEqual([
    'default.machine: an object',
    'default.phases: a list',
    'default.reports.keepRuns: a whole number',
    'default.sqlDir: a text',
  ])
})

test('what is not wrong stays usable, to find what else is', () => {
  const wrong = { profile: 'huge', host: 'processes', machine: { minFreeDiskGB: '5', minFreeMemoryGB: 1 }, hots: 'x' }
  expect(validateConfig(wrong, 'c.ts')).toHaveProperty('usable', { host: 'processes' })
  expect(validateConfig('dev', 'c.ts')).toHaveProperty('usable', {})
})

test.each([undefined, null, 42, 'dev'])('%s is no configuration', (value) => {
  expect(validateConfig(value, 'rehearsal.config.ts')).toHaveProperty('problems')
})

test('phases are names; an empty list is no way to rehearse nothing', () => {
  expect(validateConfig({ phases: ['2-load', '3-faults'] }, 'c.ts')).toHaveProperty('config')
  expect(validateConfig({ phases: [] }, 'c.ts')).toHaveProperty('problems')
  expect(validateConfig({ phases: [2] }, 'c.ts')).toHaveProperty('problems')
})

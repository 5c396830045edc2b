import { describe, expect, test } from 'vitest'
import { parseArguments } from './arguments.ts'

const requestOf = (argv: readonly string[], env: Record<string, string> = {}) => {
  const { problems, request } = parseArguments(['run', ...argv], env, { profile: 'smoke' })
  expect(problems).toEqual([])
  return request
}

const problemsOf = (argv: readonly string[], env: Record<string, string> = {}) =>
  parseArguments(argv, env, {}).problems.map(({ code, expected, seen }) => ({ code, expected, seen }))

describe('flags and variables mean the same', () => {
  const asked = {
    profile: 'nightly',
    seed: 7,
    host: 'containers',
    only: ['2-load', '4-integrity'],
    faults: ['redis-hung', 'postgres-slow'],
    keep: true,
    bail: true,
    repeat: 3,
  }

  test('flags', () => {
    const argv = [
      '--profile',
      'nightly',
      '--seed=7',
      '--host',
      'containers',
      '--only',
      '2-load',
      '--only=4-integrity',
      '--faults',
      'redis-hung,postgres-slow',
      '--keep',
      '--bail',
      '--repeat',
      '3',
    ]
    expect(requestOf(argv)).toMatchObject(asked)
  })

  test('phases with commas, and what names none as it was given', () => {
    expect(requestOf(['--only', '2-load, 4-integrity', '--only=3-faults']).only).toEqual([
      '2-load',
      '4-integrity',
      '3-faults',
    ])
    expect(requestOf(['--only', ' ,']).only).toEqual([' ,'])
    expect(requestOf([], { REHEARSAL_ONLY: ',' }).only).toEqual([','])
    expect(requestOf([], { REHEARSAL_ONLY: ' ' }).only).toEqual([])
  })

  test('variables', () => {
    const env = {
      REHEARSAL_PROFILE: 'nightly',
      REHEARSAL_SEED: ' 7 ',
      REHEARSAL_HOST: 'containers',
      REHEARSAL_ONLY: '2-load, 4-integrity',
      REHEARSAL_FAULTS: 'redis-hung, postgres-slow',
      REHEARSAL_KEEP: 'true',
      REHEARSAL_BAIL: '1',
      REHEARSAL_REPEAT: '3',
    }
    expect(requestOf([], env)).toMatchObject(asked)
  })

  test('flag over variable over configuration over default', () => {
    expect(requestOf(['--profile', 'proof'], { REHEARSAL_PROFILE: 'nightly' }).profile).toBe('proof')
    expect(requestOf([], { REHEARSAL_PROFILE: 'nightly' }).profile).toBe('nightly')
    expect(requestOf([]).profile).toBe('smoke')
    expect(parseArguments(['run'], {}, {}).request).toMatchObject({
      profile: 'dev',
      host: 'auto',
      repeat: 1,
      keep: false,
    })
  })

  test('an empty variable is no variable', () => {
    expect(requestOf([], { REHEARSAL_PROFILE: '', REHEARSAL_SEED: '' })).toMatchObject({
      profile: 'smoke',
      seedGiven: false,
    })
  })
})

test('a seed is drawn when none is given, and is an unsigned 32-bit number', () => {
  const seeds = Array.from({ length: 20 }, () => requestOf([]).seed)
  expect(new Set(seeds).size).toBeGreaterThan(10)
  for (const seed of seeds) expect(seed).toBe(seed >>> 0)
  expect(requestOf(['--seed', '4294967295'])).toMatchObject({ seed: 4_294_967_295, seedGiven: true })
})

test('the `--` that pnpm passes on is ignored', () => {
  expect(requestOf(['--', '--profile', 'proof']).profile).toBe('proof')
})

describe('bad input', () => {
  test.each([
    [['--seed', '4294967296'], '"4294967296"'],
    [['--seed', '1.5'], '"1.5"'],
    [['--seed', '0x10'], '"0x10"'],
    [['--seed', ''], 'none'],
    [['--seed'], 'none'],
    [['--profile', '--keep'], '"--keep"'],
    [['--repeat', '0'], '"0"'],
    [['--repeat', '101'], '"101"'],
    [['--keep=yes'], '"yes"'],
    [['--profle', 'dev'], '--profle'],
    [['--host', 'kubernetes'], '"kubernetes"'],
  ])('%j is refused', (argv, seen) => {
    expect(problemsOf(['run', ...argv]).map((problem) => problem.seen)).toContain(seen)
  })

  test('everything wrong is said at once', () => {
    const problems = problemsOf(['rnu', '--wat', '--seed', 'x', '--no-such'], { REHEARSAL_PROFILE: 'huge' })
    expect(problems.map(({ seen }) => seen).sort()).toEqual(['"huge"', '"rnu"', '"x"', '--no-such', '--wat'])
    expect(problems.find(({ seen }) => seen === '"huge"')?.code).toBe('PROFILE_UNKNOWN')
  })
})

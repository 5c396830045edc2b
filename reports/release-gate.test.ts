import { describe, expect, test } from 'vitest'
import { composeVerdict, type RunFacts } from '../helpers/compose-verdict.ts'
import { configHash } from '../helpers/config/config-hash.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import type { PhaseResult } from '../helpers/phase-result.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { allPhases, factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import { type GateQuestion, refusals } from './release-gate.ts'

const DAY_MS = 86_400_000
const DIGEST = `sha256:${'a'.repeat(64)}`
const OTHER = `sha256:${'b'.repeat(64)}`
const STAGE = { ...phaseOf().stage, images: { backend: `exam/backend:1 ${DIGEST}` } }
const FINISHED = '2026-03-02T08:04:10.000Z'

const QUESTION: GateQuestion = {
  profile: 'release',
  imageDigest: DIGEST,
  maxAgeMs: 7 * DAY_MS,
  nowMs: Date.parse(FINISHED) + DAY_MS,
  configHash: (host) => configHash(PROFILES.release, host),
}

function releaseOf(facts: Partial<RunFacts> & { results?: Record<string, PhaseResult> } = {}): RunVerdict {
  const run = runOf({ profile: PROFILES.release })
  return composeVerdict(factsOf({ run, finishedAt: FINISHED, results: allPhases({ stage: STAGE }), ...facts }))
}

const refusalsOf = (verdict: RunVerdict, question: Partial<GateQuestion> = {}) =>
  refusals({ id: verdict.runId, verdict }, { ...QUESTION, ...question })

test('a full GO of this image and configuration, young and clean, passes', () => {
  expect(releaseOf().verdict).toBe('GO')
  expect(refusalsOf(releaseOf())).toEqual([])
})

describe('everything else is refused, with each reason', () => {
  const partial = { '2-load': phaseOf({ stage: STAGE }) }
  const noGo = allPhases({ stage: STAGE, checks: [checkOf({ valid: false, violations: 1 })] })
  const torn = allPhases({ stage: { ...STAGE, images: {} } })
  const mixed = {
    ...allPhases({ stage: STAGE }),
    '2-load': phaseOf({ stage: { ...STAGE, images: { backend: OTHER } } }),
  }
  test.for<[string, RunVerdict, RegExp]>([
    ['another verdict', releaseOf({ results: noGo }), /^it is NO-GO/],
    ['a partial run', releaseOf({ results: partial }), /^it is partial: only 1 of 7 phases/],
    ['a gate that was not judged', releaseOf({ results: partial }), /^a gate was not judged: /],
    ['another profile', { ...releaseOf(), profile: 'dev' }, /^it is of profile dev, and release is asked for/],
    ['uncommitted changes', releaseOf({ source: { sha: 'abc', dirty: true } }), /^its source had uncommitted changes/],
    [
      'a source that is not known',
      releaseOf({ source: { sha: null, dirty: null } }),
      /^from which source .* not known/,
    ],
    [
      'a source whose state is not known',
      releaseOf({ source: { sha: 'abc', dirty: null } }),
      /whether its source was clean/,
    ],
    ['no image on record', releaseOf({ results: torn }), /^which backend image it rehearsed is not on record/],
    ['another image in one phase', releaseOf({ results: mixed }), /^it rehearsed another backend image: .* and /],
    ['another configuration', { ...releaseOf(), configHash: 'other' }, /^it was held to another configuration/],
    ['a run that never ended', releaseOf({ finishedAt: null }), /^it has not finished/],
    ['a time that is none', releaseOf({ finishedAt: 'yesterday' }), /^when it finished cannot be read/],
    ['problems beside a GO', { ...releaseOf(), problems: [{ kind: 'a', message: 'b' }] }, /contradicts itself/],
  ])('%s', ([, verdict, reason]) => {
    expect(refusalsOf(verdict)).toContainEqual(expect.stringMatching(reason))
  })

  test('an old configuration that was not kept', () => {
    const { configHash: _, ...verdict } = releaseOf()
    expect(refusalsOf(verdict)).toEqual(['what it was held to is not on record'])
  })

  test('a GO that was written over a gate that is not true', () => {
    const verdict = releaseOf()
    const gates = verdict.gates.map((gate, index) => (index === 0 ? { ...gate, valid: 'unknown' as const } : gate))
    expect(refusalsOf({ ...verdict, gates })).toEqual([
      expect.stringMatching(/^it says GO although a gate is not true/),
    ])
  })

  test('another digest than the one to be released', () => {
    expect(refusalsOf(releaseOf(), { imageDigest: OTHER })).toEqual([`it rehearsed another backend image: ${DIGEST}`])
  })

  test('an image that was asked for by its digest is known by that and by its id, and by no other', () => {
    const named = `registry.example/exam/backend@${OTHER} ${DIGEST}`
    const verdict = releaseOf({ results: allPhases({ stage: { ...STAGE, images: { backend: named } } }) })
    const third = `sha256:${'c'.repeat(64)}`
    expect(refusalsOf(verdict)).toEqual([])
    expect(refusalsOf(verdict, { imageDigest: OTHER })).toEqual([])
    expect(refusalsOf(verdict, { imageDigest: third })).toEqual([
      `it rehearsed another backend image: ${OTHER} = ${DIGEST}`,
    ])
  })

  test('one that is too old, by the hour, or from the future', () => {
    const nowMs = Date.parse(FINISHED)
    expect(refusalsOf(releaseOf(), { nowMs: nowMs + 7 * DAY_MS })).toEqual([])
    expect(refusalsOf(releaseOf(), { nowMs: nowMs + 8 * DAY_MS })).toEqual([
      'it is too old: it finished 192 h ago, and at most 168 h is allowed',
    ])
    expect(refusalsOf(releaseOf(), { nowMs: nowMs + 150_000, maxAgeMs: 60_000 })).toEqual([
      'it is too old: it finished 2.5 min ago, and at most 1 min is allowed',
    ])
    expect(refusalsOf(releaseOf(), { nowMs: nowMs - DAY_MS })).toEqual([expect.stringMatching(/in the future/)])
  })

  test('a verdict that is missing, or of another run', () => {
    expect(refusals({ id: 'x', unreadable: 'no such file' }, QUESTION)).toEqual([expect.stringMatching(/is missing/)])
    expect(refusals({ id: 'x', verdict: releaseOf() }, QUESTION)).toEqual([expect.stringMatching(/of another run/)])
  })

  test('all reasons are told at once', () => {
    const verdict = releaseOf({ results: partial, source: { sha: 'abc', dirty: true } })
    expect(refusalsOf(verdict, { imageDigest: OTHER, maxAgeMs: 1 }).length).toBeGreaterThan(4)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { INTEGRITY_CHECKERS } from './checkers/integrity-checkers.ts'
import type { PlayedFault } from './faults/played-fault.ts'
import { type Ending, judgePhase, type PhaseRecord } from './judge-phase.ts'
import { checkOf } from './testing/phase-of.ts'
import { type LeftByPhase, recordIn } from './testing/store-full-run.ts'

const CHECKERS = Object.values(INTEGRITY_CHECKERS)
const TO_ITS_END: Ending = { interrupted: false, gone: null, trouble: null }
const NOT_JUDGED = /^not judged, because the phase did not run to its end/

let folder: string
let healthy: PhaseRecord
/** One answer is missing from its database. */
let spoilt: PhaseRecord

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judge-phase-'))
  healthy = await recordIn(join(folder, 'healthy'), '2-load')
  const spoil = ({ evidence }: LeftByPhase): void => void evidence.answers.rows.pop()
  spoilt = await recordIn(join(folder, 'spoilt'), '2-load', { spoil })
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** The checks of a phase by id, after what a test changes. */
function judge(facts: Partial<PhaseRecord['facts']> = {}, over: Partial<PhaseRecord> = {}) {
  const result = judgePhase({ ...healthy, ...over, facts: { ...healthy.facts, ...facts } }, CHECKERS)
  return { result, check: (id: string) => result.checks.find((check) => check.id === id) }
}

test('a phase in which everything went well holds', () => {
  const { result, check } = judge()
  expect(check('phase-completed')?.valid).toBe(true)
  expect(result.checks.filter(({ valid }) => valid !== true).map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
})

test('a look at the platform that is logged without an id is known by its address', () => {
  const { captured } = healthy
  if (!captured.known) throw new Error('the log was kept')
  const route = 'GET /health'
  const withoutId = new Map([[route, { count: 1, examples: [`without request_id: ${route}`] }]])
  const over = { captured: { known: true, log: { ...captured.log, withoutId } } } as const
  expect(judge({}, over).check('log-fields')).toMatchObject({ valid: true, counts: { ofOthers: 1 } })
  expect(judge({ health: undefined }, over).check('log-fields')?.valid).toBe(false)
})

const CUT_SHORT: readonly (readonly [string, Partial<PhaseRecord['facts']>])[] = [
  ['somebody interrupted it', { ending: { ...TO_ITS_END, interrupted: true } }],
  ['the stage was lost', { ending: { ...TO_ITS_END, gone: 'the engine does not answer' } }],
  ['something else went wrong', { ending: { ...TO_ITS_END, trouble: 'the disk is full' } }],
  [
    'the platform was not well before the load',
    { before: checkOf({ id: 'steady-state-before', gate: 'graceful-failure', valid: false, reason: 'not ready' }) },
  ],
]

describe.each(CUT_SHORT)('a phase that was cut short because %s', (_why, facts) => {
  test('says so, and holds nothing against the manners of the platform', () => {
    const slow = checkOf({ id: 'clear-errors', gate: 'graceful-failure', valid: false, reason: 'no envelope' })
    const { check } = judge({ ...facts, companion: [slow] })
    expect(check('phase-completed')?.valid).toBe('unknown')
    for (const id of ['response-time', 'error-rate', 'plan-fidelity', 'clear-errors']) {
      expect(check(id), id).toMatchObject({ valid: 'unknown', reason: expect.stringMatching(NOT_JUDGED) })
    }
  })

  test('never takes good manners for proven', () => {
    const told = checkOf({ id: 'drill', gate: 'recovery-tested', valid: true })
    expect(judge({ ...facts, companion: [told] }).check('drill')?.valid).toBe('unknown')
  })

  test.each(['zero-data-loss', 'no-corrupted-sessions', 'exam-mode', 'audit-logs'] as const)(
    'what a companion saw happen to the exam stays false: %s',
    (gate) => {
      const seen = checkOf({ id: 'seen', gate, valid: false, reason: 'it happened' })
      expect(judge({ ...facts, companion: [seen] }).check('seen')).toEqual(seen)
    },
  )

  test('an answer that was lost by then stays lost', () => {
    const { evidence, history } = spoilt
    expect(judge(facts, { evidence, history }).check('no-lost-answer')).toMatchObject({ valid: false })
  })
})

test('a load that never came to an end leaves an unmeasured generator and no verdict on response times', () => {
  const { result, check } = judge({}, { load: null })
  expect(check('phase-completed')?.reason).toBe('the load was aborted')
  expect(check('response-time')).toBeUndefined()
  expect(result.generator.valid).toBe('unknown')
  expect(result.steps).toEqual([])
})

test('faults that were planned are judged with the windows of the generator, and without a load nobody believes them', () => {
  const lastWindow = { fromUs: 40_000_000, toUs: 45_000_000 }
  const fault: PlayedFault = {
    kind: { name: 'redis-away', candidatesNotice: 'interruption' },
    injectedUs: 1_000_000,
    bite: { felt: true, proof: 'refused' },
    healStartedUs: 5_000_000,
    healedUs: 5_000_000,
    recovery: { kind: 'not-recovered', why: '9 of 100 failed', lastWindow },
    troubles: [],
  }
  const faults = { played: [fault], windows: [] }
  expect(judge({ faults }).check('recovery')?.valid).toBe(false)
  expect(judge({ faults }, { load: null }).check('recovery')?.valid).toBe('unknown')
})

describe('who vanished and was closed too late', () => {
  const closedAfter = (ms: number): PhaseRecord['evidence'] => {
    const { sessions, closingEvents } = healthy.evidence
    if (!sessions.known || !closingEvents.known) throw new Error('the healthy day has no rows')
    const { id, expires_at } = sessions.rows[0] as (typeof sessions.rows)[number]
    const event_ts = new Date(Date.parse(expires_at) + ms).toISOString()
    const late = { session_id: id, event_type: 'SESSION_EXPIRED', event_ts, score_correct: null, score_total: null }
    return { ...healthy.evidence, closingEvents: { known: true, rows: [...closingEvents.rows, late as never] } }
  }
  /** From the deadline on: so much of two processors for the phase, and for others. */
  const sampledWith = (own: number, others: number): PhaseRecord['sampled'] => {
    const fromUs = (healthy.load?.originUs ?? Number.NaN) + healthy.plan.timeline.deadlineMs * 1_000
    const toUs = fromUs + 20e6
    const machine = Array.from({ length: 21 }, (_, second) => ({
      timeUs: fromUs + second * 1e6,
      tookMs: 1,
      value: {
        capacityMs: second * 2_000,
        idleMs: second * 2_000 * (1 - own - others),
        busyMs: second * 2_000 * (own + others),
        ownMs: second * 2_000 * own,
      },
    }))
    return { ...healthy.sampled, toUs, samples: { ...healthy.sampled.samples, machine } }
  }
  const swept = (ms: number, sampled: PhaseRecord['sampled']) =>
    judge({}, { evidence: closedAfter(ms), sampled }).check('swept-in-time')

  test('was so because of the platform, on a machine of its own', () => {
    expect(swept(6_000, sampledWith(0.9, 0.05))).toMatchObject({ valid: false })
  })

  test('may have been so because others had the machine meanwhile', () => {
    expect(swept(6_000, sampledWith(0.5, 0.45))).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('closed 6.0 s after its time was over'),
    })
    expect(swept(6_000, sampledWith(0.5, 0.45))?.reason).toContain('others took 45 % of its processors')
  })

  test('was not closed too early because of them', () => {
    expect(swept(-6_000, sampledWith(0.5, 0.45))).toMatchObject({ valid: false })
  })
})

test.each(['status', 'started_at', 'expires_at'])(
  'a session without %s leaves what is said of sessions unknown',
  (column) => {
    const rows = healthy.evidence.sessions.known ? healthy.evidence.sessions.rows : []
    const sessions = {
      known: true,
      rows: rows.map((row, at) => (at === 1 ? { ...row, [column]: null } : row)),
    } as const
    const { check, result } = judge({}, { evidence: { ...healthy.evidence, sessions } })
    expect(check('deadline')).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining(`${column} is NULL in 1 of ${rows.length}`),
    })
    expect(result.checks.filter(({ valid }) => valid === false)).toEqual([])
  },
)

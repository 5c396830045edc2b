import { describe, expect, test } from 'vitest'
import { quietDay } from '../checkers/model-exam.ts'
import type { Verdict } from '../verdict.ts'
import { judgeMonitor } from './judge-monitor.ts'
import type { MonitorCounts, MonitorLook } from './monitor-look.ts'

const NONE: MonitorCounts = { active: 0, submitted: 0, expired: 0, answers: 0 }
/** Two candidates with three answers each, both submitted. */
const ALL: MonitorCounts = { active: 0, submitted: 2, expired: 0, answers: 6 }

const history = quietDay().history()
const endUs = Math.max(...[...history.operations()].map(({ completedUs }) => completedUs ?? 0))

function look(atUs: number, counts: MonitorCounts | null): MonitorLook {
  return { askedUs: atUs, answeredUs: atUs + 10, counts, ...(counts === null ? { reason: 'status 503' } : {}) }
}

/** Ten looks after the end of the day, one every `everyUs`. */
function lateLooks(counts: MonitorCounts, everyUs = 1_000): readonly MonitorLook[] {
  return Array.from({ length: 10 }, (_, index) => look(endUs + (index + 1) * everyUs, counts))
}

function verdicts(looks: readonly MonitorLook[], of = history): readonly Verdict[] {
  return judgeMonitor(of, looks)
}

describe('the counts of the monitor (C17, C19)', () => {
  test('sane: nothing before the day, everything after it', () => {
    expect(verdicts([look(-100, NONE), ...lateLooks(ALL)])).toMatchObject([
      { id: 'monitor-counts', valid: true, counts: { looks: 11, answered: 11 } },
      { id: 'monitor-fresh', valid: true, figures: [{ measured: 0 }] },
    ])
  })

  test('sane: what candidates were told a moment ago may still be missing', () => {
    expect(verdicts(lateLooks({ ...ALL, answers: 5 }, 100_000))).toMatchObject([{ valid: true }, { valid: true }])
  })

  test('unknown: many looks were not answered, whatever the others showed', () => {
    const blind = [look(endUs + 40_000, null), look(endUs + 41_000, null)]
    const reason = expect.stringContaining('only 10 of 12 looks of the monitor were answered')
    expect(verdicts([...lateLooks(ALL), ...blind])).toMatchObject([
      { valid: 'unknown', reason },
      { valid: 'unknown', reason },
    ])
  })

  test('violated: more than was ever tried, or less than before', () => {
    const [counts] = verdicts(lateLooks({ ...ALL, answers: 7 }))
    expect(counts).toMatchObject({ valid: false, reason: expect.stringContaining('answers: told of 7, at most 6') })
    const [fallen] = verdicts([...lateLooks(ALL), look(endUs + 20_000, { ...ALL, submitted: 1, active: 1 })])
    expect(fallen).toMatchObject({ valid: false, reason: 'submitted: told of 1 after 2' })
    const [early] = verdicts([look(-100, { ...NONE, active: 1 }), ...lateLooks(ALL)])
    expect(early).toMatchObject({ valid: false, reason: expect.stringContaining('sessions: told of 1, at most 0') })
  })

  test('violated: a submit that its candidate knows of is still missing after 2 s', () => {
    const [counts, fresh] = verdicts(lateLooks({ ...ALL, submitted: 1, active: 1 }, 500_000))
    expect(counts?.valid).toBe(true)
    expect(fresh).toMatchObject({ valid: false, gate: 'graceful-failure' })
    expect(fresh?.reason).toMatch(/^submitted: 1 told, one more was known \d+ ms before/)
  })

  test('where submits tell no result, who has handed in is closed after 2 s, submitted or expired', () => {
    const exam = quietDay()
    for (const event of exam.events) {
      if (event.type === 'ok' && event.told?.kind === 'submission') Reflect.deleteProperty(event, 'told')
    }
    const silent = exam.history()
    for (const closed of [ALL, { ...ALL, submitted: 1, expired: 1 }]) {
      expect(verdicts(lateLooks(closed, 500_000), silent)).toMatchObject([{ valid: true }, { valid: true }])
    }
    const [counts, fresh] = verdicts(lateLooks({ ...ALL, submitted: 1, active: 1 }, 500_000), silent)
    expect(counts?.valid).toBe(true)
    expect(fresh?.reason).toMatch(/^closed: 1 told, one more was known \d+ ms before/)
  })

  test('unknown: too few answers, nothing that could be counted, or a history with gaps', () => {
    const silent = Array.from({ length: 30 }, (_, index) => look(index, null))
    expect(verdicts(silent)).toMatchObject([
      { valid: 'unknown', reason: 'the monitor was seen 0 times, 10 are needed; first failure: status 503' },
      { valid: 'unknown', figures: [{ measured: null }] },
    ])
    const empty = { complete: true, events: () => [], operations: () => [] }
    expect(verdicts(lateLooks(NONE), empty).map(({ valid }) => valid)).toEqual(['unknown', 'unknown'])
    const [counts] = verdicts(lateLooks({ ...ALL, answers: 7 }), { ...history, complete: false })
    expect(counts?.valid).toBe('unknown')
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { RECOVERY_RULES } from '../faults/recovery.ts'
import { historyOf } from '../history/history-of.ts'
import type { HistoryEvent } from '../history/operation.ts'
import { checkOf } from '../testing/phase-of.ts'
import { excuseDrill } from './excuse-drill.ts'
import { judgeDrill, type Outage } from './judge-drill.ts'
import { recoveryDrill } from './recovery-drill.ts'

const SECOND = 1_000_000
const RULE = RECOVERY_RULES.smoke
const NAME = 'postgres-crashed'

const outageOf = (over: Partial<Outage> = {}): Outage => ({
  ...{ name: NAME, injectedUs: 10 * SECOND, healStartedUs: 12 * SECOND, lastSuccessUs: 10 * SECOND },
  ...{ firstSuccessUs: 50 * SECOND, askedToTheEnd: true, attempts: 100, steadyMs: null },
  amplification: { before: 1, after: 1 },
  ...over,
})
/** A look a second; others have four tenths of both processors between these two, and the phase all the rest. */
const looks = (fromS: number, toS: number) => {
  let [busyMs, ownMs] = [0, 0]
  return Array.from({ length: 90 }, (_, second) => {
    const others = second > fromS && second <= toS ? 0.4 : 0
    busyMs += 2_000
    ownMs += (1 - others) * 2_000
    return { timeUs: second * SECOND, tookMs: 2, value: { capacityMs: busyMs, idleMs: 0, busyMs, ownMs } }
  })
}
const judged = (outages: readonly Outage[], machine: ReturnType<typeof looks>) =>
  excuseDrill(judgeDrill(outages, [NAME], RULE), outages, NAME, RULE, machine)[0]

test('who was back late while others had the machine is unknown, and on a machine of its own late', () => {
  expect(judged([outageOf()], looks(0, 90))).toMatchObject({
    valid: 'unknown',
    reason: expect.stringMatching(/38\.0 s, 30 s are allowed; but the machine was crowded: others took 40 %/),
  })
  expect(judged([outageOf()], looks(60, 90))?.valid).toBe(false)
  expect(judged([outageOf({ firstSuccessUs: null })], looks(0, 90))?.valid).toBe('unknown')
})

test('of two who were late both must be explained', () => {
  const other = outageOf({ name: 'other', healStartedUs: 55 * SECOND, firstSuccessUs: 88 * SECOND })
  expect(judged([outageOf(), other], looks(0, 52))?.valid).toBe(false)
  expect(judged([outageOf(), other], looks(0, 90))?.valid).toBe('unknown')
})

test('a backlog that was closed late then is unknown; one that was closed wrong is not excused', () => {
  const backlog = (late: number) =>
    checkOf({ id: 'backlog-drained', gate: 'recovery-tested', valid: false, violations: 2, counts: { late } })
  const excused = (late: number, machine = looks(0, 90)) =>
    excuseDrill([backlog(late)], [outageOf({ firstSuccessUs: 16 * SECOND })], NAME, RULE, machine)[0]?.valid
  expect(excused(2)).toBe('unknown')
  expect(excused(1)).toBe(false)
  expect(excused(2, looks(30, 90))).toBe(false)
})

test('nothing that holds, or is no matter of time, is touched', () => {
  const verdicts = [
    ...judgeDrill([outageOf({ firstSuccessUs: 13 * SECOND })], [NAME], RULE),
    checkOf({ id: 'restore', valid: false }),
  ]
  expect(excuseDrill(verdicts, [outageOf()], NAME, RULE, looks(0, 90))).toEqual(verdicts)
})

test('the drill asks whose the machine was', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'drill-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const events: HistoryEvent[] = []
  for (let second = 1; second < 60; second += 1) {
    const index = events.length
    const timeUs = second * SECOND
    const asked = { candidate: 'c-1', connection: 'main', f: 'save-answer', step: 'steady', attempt: 1 } as const
    const nonce = `n-${second}`
    events.push({ type: 'invoke', index, timeUs, intendedUs: timeUs, ...asked, nonce, requestId: nonce })
    const isAway = second >= 10 && second < 50
    const [type, reason] = isAway ? (['fail', 'connection-refused'] as const) : (['ok', 'success'] as const)
    events.push({ type, index: index + 1, timeUs: timeUs + 1_000, invocation: index, reason })
  }
  const fault = {
    ...{ injectedUs: 10 * SECOND, healStartedUs: 12 * SECOND, healedUs: 49 * SECOND, recovery: null, troubles: [] },
    kind: { name: NAME },
    bite: { felt: true, proof: 'refused' },
  }
  const scenario = { plan: { profile: { name: 'smoke' }, candidates: [] }, exam: {}, platform: { fixedDuration: true } }
  const concluded = async (machine: ReturnType<typeof looks>) => {
    const drill = recoveryDrill({ scenario: scenario as never, database: {} as never, before: NAME, during: NAME })
    const about = { dir, history: historyOf(events), evidence: {}, expectations: {}, faults: [fault], machine }
    return (await drill.conclude(about as never)).find(({ id }) => id === 'back-in-service')?.valid
  }
  expect(await concluded(looks(60, 90))).toBe(false)
  expect(await concluded(looks(0, 90))).toBe('unknown')
})

import { expect, test } from 'vitest'
import { sitDay } from './testing/sit-day.ts'

/** From the end of one action to the moment from which the next one is timed; a busy machine takes longer at times. */
const TURN_US = 20_000

test('every step names its arrival model', async () => {
  const { result } = await sitDay()
  expect(result.steps.map(({ name, model }) => `${name}: ${model}`)).toEqual([
    'warm-up: open',
    'arrivals: open',
    'start-burst: barrier',
    'steady: partly-open',
    'submit-spike: deadline-anchored',
    'drain: closed',
  ])
})

test('what is offered is what was drawn: arrivals, barrier, think times and submits', async () => {
  const { plan, result, operations } = await sitDay({
    // Every action is one operation.
    profile: {
      ...{ lateRetries: 0, marks: 0, resumeReads: 0, doubleSubmits: 0, vanish: 0 },
      ...{ doubleStarts: 0, answersTogether: 0, answersBesideSubmit: 0 },
    },
  })
  expect(result).toMatchObject({ planned: 20, started: 20, finished: 20, dropped: 0 })
  const { originUs } = result
  const barrierUs = originUs + plan.timeline.barrierMs * 1_000
  const turnsUs: number[] = []
  for (const { candidate, arriveMs, submitMs, actions } of plan.candidates) {
    const own = operations.filter((operation) => operation.candidate === candidate)
    const first = (f: string, step: string) => own.find((operation) => operation.f === f && operation.step === step)
    expect(first('login', 'arrivals')?.intendedUs).toBeCloseTo(originUs + arriveMs * 1_000, 0)
    expect(first('create-session', 'start-burst')?.intendedUs).toBeCloseTo(barrierUs, 0)
    expect(first('submit', 'submit-spike')?.intendedUs).toBeCloseTo(originUs + (submitMs as number) * 1_000, 0)
    const done = own.filter(({ step, attempt }) => step === 'steady' && attempt === 1)
    for (const [index, { intendedUs }] of done.entries()) {
      if (index === 0) continue
      const thoughtUs = intendedUs - (done[index - 1]?.completedUs as number)
      const drawnUs = (actions[index]?.thinkMs as number) * 1_000
      expect(thoughtUs).toBeGreaterThanOrEqual(drawnUs - 1)
      turnsUs.push(thoughtUs - drawnUs)
    }
  }
  expect(turnsUs.length).toBeGreaterThan(20)
  expect(turnsUs.filter((us) => us < TURN_US).length).toBeGreaterThan(turnsUs.length * 0.8)
  expect(result.barrierSkewMs).not.toBeNull()
})

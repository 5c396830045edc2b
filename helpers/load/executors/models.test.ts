import { describe, expect, test } from 'vitest'
import { createScheduler } from '../scheduler.ts'
import { virtualTime } from '../testing/virtual-time.ts'
import { arrivalTimes } from './arrival-times.ts'
import { constantArrivalRate } from './constant-arrival-rate.ts'
import { constantCandidates } from './constant-candidates.ts'
import { perCandidateIterations } from './per-candidate-iterations.ts'
import { rampingArrivalRate } from './ramping-arrival-rate.ts'
import { rampingCandidates, shiftsOf } from './ramping-candidates.ts'

function stage() {
  const time = virtualTime()
  const scheduler = createScheduler(time)
  const abort = new AbortController()
  return {
    time,
    abort,
    nowMs: () => time.clock.nowUs() / 1_000,
    context: { scheduler, originUs: 0, signal: abort.signal },
    takes: (ms: number) => scheduler.until(time.clock.nowUs() + ms * 1_000, new AbortController().signal),
  }
}

describe('arrivals at a constant rate', () => {
  test('come evenly, in their full number, however slow the answers are', async () => {
    const { time, context, takes, nowMs } = stage()
    const startedMs: number[] = []
    const executor = constantArrivalRate({ label: 'log-ins', perSecond: 10, forMs: 1_000, participants: 20 })
    const run = executor.run(context, async () => {
      startedMs.push(nowMs())
      await takes(60_000)
    })
    await time.advance(100_000)
    expect(await run).toEqual({ planned: 10, started: 10, finished: 10, dropped: 0 })
    expect(startedMs).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000])
    expect(executor.model).toBe('open')
    expect(executor.describe()).toBe('log-ins: 10 arrivals a second for 1 s')
  })

  test('go round among the participants, and what finds no room is dropped and counted', async () => {
    const { time, context, takes } = stage()
    const run = constantArrivalRate({ label: 'x', perSecond: 10, forMs: 1_000, participants: 2, maxWaiting: 1 }).run(
      context,
      () => takes(60_000).then(() => undefined),
    )
    await time.advance(200_000)
    expect(await run).toEqual({ planned: 10, started: 4, finished: 4, dropped: 6 })
  })

  test('lose nothing to rounding', () => {
    expect(arrivalTimes({ from: 0.1, stages: [{ to: 0.1, forMs: 3_000_000 }] })).toHaveLength(300)
  })
})

describe('arrivals at a ramping rate', () => {
  test('come as often as the area below the ramp says', async () => {
    const { time, context, nowMs } = stage()
    const startedMs: number[] = []
    const perSecond = {
      from: 0,
      stages: [
        { to: 20, forMs: 10_000 },
        { to: 20, forMs: 5_000 },
        { to: 0, forMs: 10_000 },
      ],
    }
    const executor = rampingArrivalRate({ label: 'doors', perSecond, participants: 300, fromMs: 1_000 })
    const run = executor.run(context, async () => {
      startedMs.push(nowMs())
    })
    await time.advance(30_000)
    expect(await run).toMatchObject({ planned: 300, started: 300, dropped: 0 })
    const until = (ms: number) => startedMs.filter((at) => at <= ms + 1).length
    // 20 × 10 / 2 while it rises, of which a quarter in its first half; 20 × 5 on the top; the rest while it falls.
    expect([until(6_000), until(11_000), until(16_000), until(26_000)]).toEqual([25, 100, 200, 300])
    expect(executor.describe()).toBe('doors: 300 arrivals, 0 to 20 in 10 s, then 20 in 5 s, then 0 in 10 s a second')
  })
})

describe('constant candidates', () => {
  test('go round and round, and a slow answer makes the next round later', async () => {
    const { time, context, takes, nowMs } = stage()
    const rounds: [number, number, number][] = []
    const executor = constantCandidates({ label: 'reload', participants: [4, 9], fromMs: 100, forMs: 1_000 })
    const run = executor.run(context, {
      pauseMs: () => 200,
      async iterate(participant, iteration, intendedUs) {
        rounds.push([participant, iteration, intendedUs / 1_000])
        expect(nowMs()).toBe(intendedUs / 1_000)
        return await takes(participant === 4 ? 0 : 300)
      },
    })
    await time.advance(5_000)
    expect(await run).toEqual({ planned: 2, started: 2, finished: 2, dropped: 0, iterations: 6 })
    expect(rounds.filter(([who]) => who === 4).map(([, , ms]) => ms)).toEqual([300, 500, 700, 900])
    expect(rounds.filter(([who]) => who === 9).map(([, , ms]) => ms)).toEqual([300, 800])
    expect(executor.model).toBe('closed')
  })

  test('who is done for good goes home, and an abort begins no further round', async () => {
    const { time, context, abort } = stage()
    const run = constantCandidates({ label: 'x', participants: [0, 1, 2], fromMs: 0, forMs: 1_000 }).run(context, {
      pauseMs: (participant) => (participant === 2 ? 900 : 100),
      iterate: async (participant) => participant !== 0,
    })
    await time.advance(350)
    abort.abort()
    expect(await run).toEqual({ planned: 3, started: 3, finished: 1, dropped: 0, iterations: 4 })
  })
})

describe('ramping candidates', () => {
  test('of 100 to 400 in five minutes the first hundred are there at once, then one more every second', () => {
    const shifts = shiftsOf({ from: 100, stages: [{ to: 400, forMs: 300_000 }] })
    const at = (ms: number) => shifts.filter(({ fromMs, toMs }) => fromMs <= ms && ms <= toMs).length
    expect([0, 1_000, 60_000, 150_000, 300_000].map(at)).toEqual([100, 101, 160, 250, 400])
  })

  test('who joined last leaves first, and may come again', async () => {
    const ramp = {
      from: 1,
      stages: [
        { to: 3, forMs: 200 },
        { to: 1, forMs: 200 },
        { to: 2, forMs: 100 },
      ],
    }
    expect(shiftsOf(ramp).map(({ participant, fromMs, toMs }) => [participant, fromMs, toMs])).toEqual([
      [0, 0, 500],
      [1, 100, 300],
      [1, 500, 500],
      [2, 200, 200],
    ])
    const { time, context } = stage()
    const rounds = [0, 0, 0]
    const executor = rampingCandidates({ label: 'storm', candidates: ramp })
    const run = executor.run(context, {
      pauseMs: () => 45,
      async iterate(participant) {
        rounds[participant] = (rounds[participant] as number) + 1
        return true
      },
    })
    await time.advance(1_000)
    expect(await run).toMatchObject({ planned: 4, started: 4, finished: 4, iterations: 15 })
    expect(rounds).toEqual([11, 4, 0])
    expect(executor.describe()).toBe(
      'storm: 1 to 3 in 0.2 s, then 1 in 0.2 s, then 2 in 0.1 s participants, each goes round and round',
    )
  })
})

describe('iterations per candidate', () => {
  test('are done by each in their number, and what had not begun in time is dropped and counted', async () => {
    const { time, context, takes } = stage()
    const executor = perCandidateIterations({ label: 'submits', participants: [0, 1], each: 3, withinMs: 1_000 })
    const run = executor.run(context, {
      async iterate(participant) {
        await takes(participant === 0 ? 10 : 600)
        return true
      },
    })
    await time.advance(5_000)
    expect(await run).toEqual({ planned: 6, started: 5, finished: 5, dropped: 1 })
    expect(executor.describe()).toBe('submits: 2 participants, 3 rounds each, begun within 1 s')
  })
})

test('settings that cannot be offered are refused with everything that is wrong with them', () => {
  const broken = { from: -1, stages: [{ to: Number.NaN, forMs: -5 }] }
  expect(() => rampingArrivalRate({ label: 'x', perSecond: broken, participants: 0 })).toThrow(
    /CONFIG_INVALID[\s\S]*from should be[\s\S]*stages\[0\]\.to[\s\S]*stages\[0\]\.forMs[\s\S]*participants/,
  )
  expect(() => rampingCandidates({ label: 'x', candidates: { from: 0.5, stages: [] } })).toThrow(
    /from should be a whole number[\s\S]*at least one stage/,
  )
  expect(() => perCandidateIterations({ label: 'x', participants: [], each: 0, withinMs: -1 })).toThrow(
    /each[\s\S]*withinMs/,
  )
  expect(() => constantCandidates({ label: 'x', participants: [], fromMs: -1, forMs: Number.NaN })).toThrow(
    /fromMs[\s\S]*forMs/,
  )
})

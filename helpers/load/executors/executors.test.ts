import { describe, expect, test } from 'vitest'
import { createScheduler } from '../scheduler.ts'
import { type VirtualTime, virtualTime } from '../testing/virtual-time.ts'
import { barrier } from './barrier.ts'
import { deadlineAnchored } from './deadline-anchored.ts'
import { openArrivals } from './open-arrivals.ts'
import { partlyOpen } from './partly-open.ts'

function stage() {
  const time = virtualTime()
  const scheduler = createScheduler(time)
  const abort = new AbortController()
  return {
    time,
    scheduler,
    abort,
    context: { scheduler, originUs: 0, signal: abort.signal },
    /** Something that takes `ms` of virtual time. */
    takes: (ms: number) => scheduler.until(time.clock.nowUs() + ms * 1_000, new AbortController().signal),
  }
}

/** Let virtual time pass, then hand over what the run came to. */
async function outcomeAfter<Result>(time: VirtualTime, ms: number, run: Promise<Result>): Promise<Result> {
  await time.advance(ms)
  return run
}

describe('open arrivals', () => {
  const everyTenMs = Array.from({ length: 20 }, (_, index) => ({ participant: index % 4, atMs: index * 10 }))

  test('come when the plan says, however slow the answers are', async () => {
    const { time, context, takes } = stage()
    const startedMs: number[] = []
    const run = openArrivals({ label: 'arrivals', arrivals: everyTenMs }).run(context, async (participant) => {
      if (participant === 0) startedMs.push(time.clock.nowUs() / 1_000)
      await takes(39)
    })
    expect(await outcomeAfter(time, 1_000, run)).toEqual({ planned: 20, started: 20, finished: 20, dropped: 0 })
    expect(startedMs).toEqual([0, 40, 80, 120, 160])
  })

  test('an arrival that finds its participant busy keeps its intended time', async () => {
    const { time, context, takes } = stage()
    const seen: { intendedMs: number; startedMs: number }[] = []
    const run = openArrivals({
      label: 'arrivals',
      arrivals: [0, 10, 20].map((atMs) => ({ participant: 0, atMs })),
    }).run(context, async (_, intendedUs) => {
      seen.push({ intendedMs: intendedUs / 1_000, startedMs: time.clock.nowUs() / 1_000 })
      await takes(100)
    })
    await outcomeAfter(time, 1_000, run)
    expect(seen).toEqual([
      { intendedMs: 0, startedMs: 0 },
      { intendedMs: 10, startedMs: 100 },
      { intendedMs: 20, startedMs: 200 },
    ])
  })

  test('never queue without bound: what cannot wait is dropped and counted', async () => {
    const { time, context, takes } = stage()
    const run = openArrivals({
      label: 'arrivals',
      arrivals: Array.from({ length: 10 }, (_, index) => ({ participant: 0, atMs: index })),
      maxWaiting: 3,
    }).run(context, async () => {
      await takes(100)
    })
    expect(await outcomeAfter(time, 1_000, run)).toEqual({ planned: 10, started: 4, finished: 4, dropped: 6 })
  })

  test('stop when aborted, wait for what has begun and count the rest', async () => {
    const { time, context, takes, abort } = stage()
    const run = openArrivals({ label: 'arrivals', arrivals: everyTenMs }).run(context, async () => {
      await takes(100)
    })
    await time.advance(25)
    abort.abort()
    expect(await outcomeAfter(time, 1_000, run)).toEqual({ planned: 20, started: 3, finished: 3, dropped: 17 })
  })

  test('a bug in a participant ends the run instead of hiding in it', async () => {
    const { time, context } = stage()
    const run = openArrivals({ label: 'arrivals', arrivals: everyTenMs }).run(context, async () => {
      throw new Error('a bug')
    })
    run.catch(() => undefined)
    await time.advance(1_000)
    await expect(run).rejects.toThrow('a bug')
  })

  test('nobody to arrive is nothing planned', async () => {
    const { context } = stage()
    const nobody = await openArrivals({ label: 'arrivals', arrivals: [] }).run(context, async () => undefined)
    expect(nobody).toEqual({ planned: 0, started: 0, finished: 0, dropped: 0 })
  })

  test('say what is planned', () => {
    expect(openArrivals({ label: 'log-ins', arrivals: everyTenMs }).describe()).toBe(
      'log-ins: 20 arrivals over 0.2 s, on time whether or not earlier ones are answered',
    )
  })
})

describe('a barrier', () => {
  const participants = [0, 1, 2, 3]

  test('releases everybody at its time and measures how far apart the requests left', async () => {
    const { time, context, takes } = stage()
    const intended = new Set<number>()
    const run = barrier({ label: 'burst', participants, atMs: 50 }).run(context, {
      isReady: () => true,
      async start(participant, intendedUs, sent) {
        intended.add(intendedUs)
        await takes(participant * 2)
        sent(time.clock.nowUs())
      },
    })
    await time.advance(49)
    expect(intended.size).toBe(0)
    expect(await outcomeAfter(time, 100, run)).toEqual({
      planned: 4,
      started: 4,
      finished: 4,
      dropped: 0,
      skewMs: 6,
      sent: { count: 4, firstUs: 50_000, lastUs: 56_000 },
      late: 0,
    })
    expect([...intended]).toEqual([50_000])
  })

  test('who is not there yet is counted as late and does not widen the skew', async () => {
    const { time, context, takes } = stage()
    const run = barrier({ label: 'burst', participants, atMs: 50 }).run(context, {
      isReady: (participant) => participant !== 3,
      async start(participant, _, sent) {
        await takes(participant === 3 ? 5_000 : 1)
        sent(time.clock.nowUs())
      },
    })
    expect(await outcomeAfter(time, 10_000, run)).toMatchObject({ skewMs: 0, late: 1, finished: 4 })
  })

  test('who is refused and asks again later was off with the others: it is the platform that made them wait', async () => {
    const { time, context, takes } = stage()
    const run = barrier({ label: 'burst', participants, atMs: 50 }).run(context, {
      isReady: () => true,
      async start(participant, _, sent) {
        await takes(participant)
        sent(time.clock.nowUs())
        if (participant !== 1) return
        await takes(5_000)
        sent(time.clock.nowUs())
      },
    })
    expect(await outcomeAfter(time, 10_000, run)).toMatchObject({ skewMs: 3, sent: { count: 4 }, finished: 4 })
  })

  test('has no skew when fewer than two were sent', async () => {
    const { time, context } = stage()
    const run = barrier({ label: 'burst', participants, atMs: 50 }).run(context, {
      isReady: () => true,
      start: async () => undefined,
    })
    expect(await outcomeAfter(time, 100, run)).toMatchObject({ skewMs: null })
  })

  test('that never falls releases nobody', async () => {
    const { time, context, abort } = stage()
    const run = barrier({ label: 'burst', participants, atMs: 50 }).run(context, {
      isReady: () => true,
      start: () => Promise.reject(new Error('must not start')),
    })
    await time.advance(10)
    abort.abort()
    expect(await run).toMatchObject({ planned: 4, started: 0, dropped: 4, skewMs: null })
  })
})

describe('partly open arrivals', () => {
  const loop = { participant: 0, actions: [10, 20, 30, 40].map((thinkMs) => ({ thinkMs })), due: 3, leaveMs: 1_000 }

  test('thinks after each answer, and the intended time counts from there', async () => {
    const { time, context, takes } = stage()
    const intendedMs: number[] = []
    const run = partlyOpen({ label: 'steady', loops: [loop] }).run(context, {
      ready: async () => true,
      async act(_participant, _action, intendedUs) {
        intendedMs.push(intendedUs / 1_000)
        await takes(5)
        return true
      },
    })
    expect(await outcomeAfter(time, 2_000, run)).toEqual({ planned: 3, started: 4, finished: 4, dropped: 0 })
    expect(intendedMs).toEqual([10, 35, 70, 115])
  })

  test('a slow backend slows it down, and what was due and not offered is counted', async () => {
    const { time, context, takes } = stage()
    const run = partlyOpen({ label: 'steady', loops: [loop] }).run(context, {
      ready: async () => true,
      async act() {
        await takes(995)
        return true
      },
    })
    expect(await outcomeAfter(time, 5_000, run)).toEqual({ planned: 3, started: 1, finished: 1, dropped: 2 })
  })

  test('who never gets in has offered nothing of what was due', async () => {
    const { time, context } = stage()
    const run = partlyOpen({ label: 'steady', loops: [loop] }).run(context, {
      ready: async () => false,
      act: () => Promise.reject(new Error('must not act')),
    })
    expect(await outcomeAfter(time, 5_000, run)).toEqual({ planned: 3, started: 0, finished: 0, dropped: 3 })
  })

  test('who is told that the exam is over owes nothing more', async () => {
    const { time, context } = stage()
    const run = partlyOpen({ label: 'steady', loops: [loop] }).run(context, {
      ready: async () => true,
      act: async () => false,
    })
    expect(await outcomeAfter(time, 5_000, run)).toEqual({ planned: 3, started: 1, finished: 1, dropped: 0 })
  })

  test('starts nothing after an abort and nothing after its end', async () => {
    const { time, context, abort } = stage()
    const startedMs: number[] = []
    const loops = [loop, { ...loop, participant: 1, leaveMs: 40 }]
    const run = partlyOpen({ label: 'steady', loops }).run(context, {
      ready: async () => true,
      async act(participant) {
        startedMs.push(participant * 1_000 + time.clock.nowUs() / 1_000)
        return true
      },
    })
    await time.advance(65)
    abort.abort()
    expect(await outcomeAfter(time, 1_000, run)).toMatchObject({ started: 5 })
    expect(startedMs).toEqual([10, 1_010, 30, 1_030, 60])
  })
})

describe('submits anchored to a deadline', () => {
  const submits = [
    { participant: 0, beforeDeadlineMs: 2_000 },
    { participant: 1, beforeDeadlineMs: 500 },
  ]

  test('are counted back from it, and prepared a second ahead', async () => {
    const { time, context } = stage()
    const seen: [string, number][] = []
    const run = deadlineAnchored({ label: 'spike', submits, deadlineMs: 10_000 }).run(context, {
      prepare: async (participant) => {
        seen.push([`prepare ${participant}`, time.clock.nowUs() / 1_000])
      },
      submit: async (participant, intendedUs) => {
        seen.push([`submit ${participant}`, intendedUs / 1_000])
      },
    })
    expect(await outcomeAfter(time, 20_000, run)).toEqual({ planned: 2, started: 2, finished: 2, dropped: 0 })
    expect(seen).toEqual([
      ['prepare 0', 7_000],
      ['submit 0', 8_000],
      ['prepare 1', 8_500],
      ['submit 1', 9_500],
    ])
  })

  test('are not held up by a preparation that hangs', async () => {
    const { time, context, takes } = stage()
    const submittedMs: number[] = []
    const run = deadlineAnchored({ label: 'spike', submits, deadlineMs: 10_000 }).run(context, {
      prepare: async () => {
        await takes(60_000)
      },
      submit: async () => {
        submittedMs.push(time.clock.nowUs() / 1_000)
      },
    })
    expect(await outcomeAfter(time, 80_000, run)).toMatchObject({ finished: 2 })
    expect(submittedMs).toEqual([8_000, 9_500])
  })

  test('that an abort prevents are dropped and counted', async () => {
    const { time, context, abort } = stage()
    const run = deadlineAnchored({ label: 'spike', submits, deadlineMs: 10_000 }).run(context, {
      prepare: async () => undefined,
      submit: async () => undefined,
    })
    await time.advance(9_000)
    abort.abort()
    expect(await run).toEqual({ planned: 2, started: 1, finished: 1, dropped: 1 })
  })
})

import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { createScheduler } from './scheduler.ts'
import { virtualTime } from './testing/virtual-time.ts'

const never = new AbortController().signal

describe('the scheduler', () => {
  test('starts tasks in order of their time, and equal ones in the order they were given', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const random = seededRandom(1)
    const started: number[] = []
    const due = Array.from({ length: 500 }, () => random.integer(0, 50) * 1_000)
    due.forEach((dueUs, order) => {
      scheduler.at(dueUs, () => started.push(order))
    })
    await time.advance(100)
    const expected = due
      .map((dueUs, order) => ({ dueUs, order }))
      .toSorted((a, b) => a.dueUs - b.dueUs || a.order - b.order)
    expect(started).toEqual(expected.map(({ order }) => order))
    expect(scheduler.size).toBe(0)
  })

  test('never starts a task early, and starts a late one at once', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const startedUs: number[] = []
    scheduler.at(1_500, () => startedUs.push(time.clock.nowUs()))
    await time.advance(1)
    expect(startedUs).toEqual([])
    await time.advance(1)
    expect(startedUs).toEqual([2_000])
    scheduler.at(500, () => startedUs.push(time.clock.nowUs()))
    await time.advance(0)
    expect(startedUs).toEqual([2_000, 2_000])
  })

  test('an earlier task that comes later still goes first', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const started: string[] = []
    scheduler.at(20_000, () => started.push('second'))
    scheduler.at(10_000, () => started.push('first'))
    await time.advance(10)
    expect(started).toEqual(['first'])
    await time.advance(10)
    expect(started).toEqual(['first', 'second'])
  })

  test('uses one timer for everybody', () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    for (let task = 0; task < 1_000; task += 1) scheduler.at(task * 1_000, () => undefined)
    expect(time.armed).toBe(1)
    expect(scheduler.size).toBe(1_000)
  })

  test('does not start what was cancelled', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const started: string[] = []
    const cancelled = scheduler.at(1_000, () => started.push('cancelled'))
    scheduler.at(1_000, () => started.push('kept'))
    cancelled.cancel()
    cancelled.cancel()
    expect(scheduler.size).toBe(1)
    await time.advance(5)
    expect(started).toEqual(['kept'])
  })

  test('a task may schedule the next one, also for now', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const started: number[] = []
    scheduler.at(1_000, (dueUs) => {
      started.push(dueUs)
      scheduler.at(dueUs, (again) => started.push(again))
    })
    await time.advance(2)
    expect(started).toEqual([1_000, 1_000])
  })

  test('says how late it was itself', async () => {
    const time = virtualTime()
    const lags: number[] = []
    using scheduler = createScheduler({ ...time, onDispatch: (_dueUs, lagUs) => lags.push(lagUs) })
    scheduler.at(1_500, () => undefined)
    await time.advance(10)
    expect(lags).toEqual([500])
  })

  test('whoever waits for what is past goes on at once, and how late that was is told', async () => {
    const time = virtualTime()
    const lags: number[] = []
    using scheduler = createScheduler({ ...time, onDispatch: (_dueUs, lagUs) => lags.push(lagUs) })
    await time.advance(2)
    expect(await scheduler.until(1_500, never)).toBe(true)
    expect(await scheduler.until(2_000, never)).toBe(true)
    expect(lags).toEqual([500, 0])
    expect(scheduler.size).toBe(0)
  })

  test('a wait ends with true when its time has come and with false when it is aborted', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const abort = new AbortController()
    const outcomes: boolean[] = []
    scheduler.until(5_000, never).then((due) => outcomes.push(due))
    scheduler.until(5_000, abort.signal).then((due) => outcomes.push(due))
    abort.abort()
    await time.advance(1)
    expect(outcomes).toEqual([false])
    await time.advance(5)
    expect(outcomes).toEqual([false, true])
    expect(await scheduler.until(0, abort.signal)).toBe(false)
  })

  test('waits end with an abort in the order in which they began, each of its own signal and once', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const one = new AbortController()
    const other = new AbortController()
    const told: string[] = []
    const wait = (name: string, dueUs: number, { signal }: AbortController): void => {
      void scheduler.until(dueUs, signal).then((due) => told.push(`${name} ${due}`))
    }
    wait('last', 9_000, one)
    wait('first', 5_000, one)
    wait('kept', 7_000, other)
    wait('over', 1_000, one)
    await time.advance(1)
    one.abort()
    one.abort()
    expect(scheduler.size).toBe(1)
    await time.advance(10)
    expect(told).toEqual(['over true', 'last false', 'first false', 'kept true'])
    expect(scheduler.size).toBe(0)
  })

  test('needs one listener on a signal, however many wait, and leaves none behind', async () => {
    const time = virtualTime()
    const scheduler = createScheduler(time)
    const one = new AbortController()
    const other = new AbortController()
    const listeners = (): number[] => [one, other].map(({ signal }) => getEventListeners(signal, 'abort').length)
    for (let wait = 0; wait < 2_000; wait += 1) {
      void scheduler.until(1_000, one.signal)
      void scheduler.until(1_000, other.signal)
    }
    expect(listeners()).toEqual([1, 1])
    await time.advance(1)
    void scheduler.until(5_000, one.signal)
    expect(listeners()).toEqual([1, 1])
    scheduler[Symbol.dispose]()
    expect(listeners()).toEqual([0, 0])
  })

  test('leaves no timer behind', () => {
    const time = virtualTime()
    const scheduler = createScheduler(time)
    scheduler.at(1_000, () => undefined)
    scheduler[Symbol.dispose]()
    expect(time.armed).toBe(0)
  })

  test('goes on after a task that throws', async () => {
    const time = virtualTime()
    using scheduler = createScheduler(time)
    const started: string[] = []
    scheduler.at(1_000, () => {
      throw new Error('a bug')
    })
    scheduler.at(1_000, () => started.push('next'))
    await expect(time.advance(1)).rejects.toThrow('a bug')
    await time.advance(1)
    expect(started).toEqual(['next'])
  })
})

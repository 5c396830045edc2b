import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deadline, untilAborted, waitUntil } from './deadline.ts'

describe('deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('counts down and aborts with DEADLINE_EXCEEDED when the time is up', () => {
    using limit = deadline(1_000)
    expect(limit.remainingMs()).toBe(1_000)
    vi.advanceTimersByTime(400)
    expect(limit.remainingMs()).toBe(600)
    expect(limit.signal.aborted).toBe(false)
    vi.advanceTimersByTime(600)
    expect(limit.remainingMs()).toBe(0)
    expect(limit.signal.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  })

  test('a signal from outside ends it early, as an interruption that keeps its reason', () => {
    const outside = new AbortController()
    using limit = deadline(1_000, outside.signal)
    outside.abort(new Error('SIGINT'))
    expect(limit.remainingMs()).toBe(0)
    expect(limit.signal.reason).toMatchObject({ code: 'INTERRUPTED', cause: { message: 'SIGINT' } })
  })

  test('the time of a larger undertaking is up for all its parts, and a wait among them says what it waited for', async () => {
    using whole = deadline(100)
    using part = deadline(500, AbortSignal.any([whole.signal, new AbortController().signal]))
    const waiting = waitUntil(() => false, {
      deadline: part,
      everyMs: 10,
      describe: () => 'refused',
      expected: 'backend ready',
      service: 'backend',
    })
    const failing = expect(waiting).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      expected: 'backend ready within 100 ms',
      seen: 'refused',
      service: 'backend',
    })
    await vi.advanceTimersByTimeAsync(100)
    await failing
    expect(part.signal.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  })

  test('a signal that had already aborted leaves no time at all', () => {
    using limit = deadline(1_000, AbortSignal.abort('gone'))
    expect(limit.remainingMs()).toBe(0)
    expect(limit.signal.reason).toMatchObject({ code: 'INTERRUPTED' })
  })

  test('disposing leaves neither a timer nor a listener', () => {
    const outside = new AbortController()
    const limit = deadline(1_000, outside.signal)
    limit[Symbol.dispose]()
    expect(vi.getTimerCount()).toBe(0)
    outside.abort()
    expect(limit.signal.aborted).toBe(false)
  })
})

describe('waitUntil', () => {
  test('looks at once and again until it is true', async () => {
    using limit = deadline(1_000)
    let looks = 0
    await waitUntil(() => ++looks === 3, { deadline: limit, everyMs: 1, describe: () => `${looks} looks` })
    expect(looks).toBe(3)
  })

  test('says what was expected and what was last seen when the time is up', async () => {
    using limit = deadline(20)
    let status = 0
    const waiting = waitUntil(
      () => {
        status = 503
        return false
      },
      { deadline: limit, everyMs: 2, describe: () => `status ${status}`, expected: 'status 200', service: 'backend' },
    )
    await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', seen: 'status 503', service: 'backend' })
    await expect(waiting).rejects.toThrow(/status 200 within \d+ ms/)
  })

  test('a look that hangs is cut by the deadline', async () => {
    using limit = deadline(20)
    const waiting = waitUntil(() => new Promise<boolean>(() => undefined), {
      deadline: limit,
      everyMs: 2,
      describe: () => 'no answer yet',
    })
    await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', seen: 'no answer yet' })
  })

  test('an error of the predicate is passed on unchanged', async () => {
    using limit = deadline(1_000)
    const waiting = waitUntil(
      () => {
        throw new Error('the container has exited')
      },
      { deadline: limit, everyMs: 1, describe: () => 'nothing' },
    )
    await expect(waiting).rejects.toThrow('the container has exited')
  })

  test('an interruption is reported as one, not as lost time', async () => {
    const outside = new AbortController()
    using limit = deadline(1_000, outside.signal)
    const waiting = waitUntil(() => false, { deadline: limit, everyMs: 1, describe: () => 'nothing' })
    outside.abort(new Error('SIGTERM'))
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('untilAborted', () => {
  test('gives the result, and leaves no listener that would reject later', async () => {
    const controller = new AbortController()
    await expect(untilAborted(async () => 7, controller.signal)).resolves.toBe(7)
    controller.abort()
  })

  test('throws the reason when the signal aborts first', async () => {
    const controller = new AbortController()
    const waiting = untilAborted(() => new Promise<number>(() => undefined), controller.signal)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createAbortWaits } from './abort-waits.ts'

describe('waiting for one signal by many', () => {
  test('tells everybody once, in the order in which they came, and nobody who left', () => {
    using waits = createAbortWaits()
    const abort = new AbortController()
    const told: string[] = []
    waits.add(abort.signal, () => told.push('first'))
    const leave = waits.add(abort.signal, () => told.push('left'))
    waits.add(abort.signal, () => told.push('last'))
    leave()
    leave()
    abort.abort()
    abort.abort()
    expect(told).toEqual(['first', 'last'])
  })

  test('needs one listener on a signal, however many wait', () => {
    using waits = createAbortWaits()
    const abort = new AbortController()
    const leave = Array.from({ length: 2_000 }, () => waits.add(abort.signal, () => undefined))
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
    for (const left of leave) left()
    waits.add(abort.signal, () => undefined)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
  })

  test('the same function added twice is two waits', () => {
    using waits = createAbortWaits()
    const abort = new AbortController()
    let told = 0
    const tell = (): void => {
      told += 1
    }
    const leave = waits.add(abort.signal, tell)
    waits.add(abort.signal, tell)
    leave()
    abort.abort()
    expect(told).toBe(1)
  })

  test('tells signals apart and leaves no listener behind', () => {
    const waits = createAbortWaits()
    const one = new AbortController()
    const other = new AbortController()
    const told: string[] = []
    waits.add(one.signal, () => told.push('one'))
    waits.add(other.signal, () => told.push('other'))
    one.abort()
    waits[Symbol.dispose]()
    other.abort()
    expect(told).toEqual(['one'])
    expect(getEventListeners(other.signal, 'abort')).toEqual([])
  })
})

import { afterEach, expect, test, vi } from 'vitest'
import { untilLeft } from './until-left.ts'

afterEach(() => void vi.useRealTimers())

test('whoever leaves is waited for, and what went wrong there is heard', async () => {
  await untilLeft(undefined)
  await untilLeft(Promise.resolve())
  await expect(untilLeft(Promise.reject(new Error('locked out')))).rejects.toThrow('locked out')
})

test('whoever does not leave is waited for no longer than two minutes', async () => {
  vi.useFakeTimers()
  const leaving = untilLeft(new Promise(() => undefined))
  const seen = expect(leaving).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', seen: 'still at work 120 s later' })
  await vi.advanceTimersByTimeAsync(120_000)
  await seen
})

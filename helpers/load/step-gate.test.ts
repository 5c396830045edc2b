import { describe, expect, test } from 'vitest'
import { openStepGate } from './step-gate.ts'

describe('whoever waits for a step of the load', () => {
  test('goes on when it begins, and at once when it has begun', async () => {
    const steps = openStepGate(new AbortController().signal)
    const early = steps.began('steady')
    steps.open('steady')
    expect(await early).toBe(true)
    expect(await steps.began('steady')).toBe(true)
  })

  test('hears that it never began when the load ended before it', async () => {
    const ended = new AbortController()
    const steps = openStepGate(ended.signal)
    steps.open('steady')
    const spike = steps.began('submit-spike')
    ended.abort()
    expect(await spike).toBe(false)
    expect(await steps.began('drain')).toBe(false)
    expect(await steps.began('steady')).toBe(true)
  })
})

import { describe, expect, test } from 'vitest'
import { OUTCOME_TABLE } from '../history/outcome.ts'
import { createSlowness } from './slowness.ts'

/** Every way of getting no answer, and every one of being told to come back. */
const BY_SLOWNESS = [
  'connection-refused',
  'name-not-resolved',
  'host-unreachable',
  'connect-time-out',
  'connection-lost-before-send',
  'abort-before-send',
  'generator-exhausted',
  'exam-not-open',
  'rate-limited',
  'turned-away',
  'time-out',
  'connection-reset',
  'client-abort',
  'server-error',
  'unavailable',
  'open-at-end',
]
const OTHERS = Object.keys(OUTCOME_TABLE).filter((reason) => !BY_SLOWNESS.includes(reason))

describe('a want of time', () => {
  test.each(BY_SLOWNESS)('may be why something ended with %s, and with whatever is refused after it', (reason) => {
    const slowness = createSlowness()
    expect(slowness.explains(reason, 0)).toBe(true)
    expect(slowness.explains('not-found', 0)).toBe(false)
    slowness.notice(reason)
    expect(slowness.explains('not-found', 0)).toBe(true)
  })

  test.each([...OTHERS, 'other', 'busy-as-only-an-adapter-says'])('is never why something ended with %s', (reason) => {
    const slowness = createSlowness()
    expect(slowness.explains(reason, 0)).toBe(false)
    slowness.notice(reason)
    expect(slowness.explains(reason, 0)).toBe(false)
  })

  test.each(['unparsable-body', 'echo-mismatch'])('is never why a reply is a %s, whatever was before', (reason) => {
    const slowness = createSlowness()
    slowness.endsAt(1)
    slowness.notice('time-out')
    expect(slowness.explains(reason, 2)).toBe(false)
  })

  test.each(['conflict', 'session-closed'])('may be why whoever is late, or got no answer, is told %s', (reason) => {
    const late = createSlowness()
    late.endsAt(60e6)
    late.endsAt(Number.NaN)
    late.endsAt(90e6)
    expect(late.explains(reason, 59e6)).toBe(false)
    expect(late.explains(reason, 60e6)).toBe(true)
    const unanswered = createSlowness()
    unanswered.notice('time-out')
    expect(unanswered.explains(reason, 0)).toBe(true)
  })
})

import { describe, expect, test } from 'vitest'
import type { PlayedFault } from '../faults/played-fault.ts'
import { RECOVERY_RULES } from '../faults/recovery.ts'
import { historyOf } from '../history/history-of.ts'
import type { HistoryEvent } from '../history/operation.ts'
import { GUEST_STEP } from '../history/operation.ts'
import { judgeDrill, outagesOf } from './judge-drill.ts'

const RULE = RECOVERY_RULES.smoke
const SECOND = 1_000_000
const INJECTED_US = 10 * SECOND
const HEAL_US = 12 * SECOND

const crash: PlayedFault = {
  kind: { name: 'postgres-crashed', candidatesNotice: 'interruption' },
  injectedUs: INJECTED_US,
  bite: { felt: true, proof: 'refused' },
  healStartedUs: HEAL_US,
  healedUs: 14 * SECOND,
  recovery: { kind: 'recovered', atUs: 15 * SECOND, p95Ms: 10, limitMs: 60 },
  troubles: [],
}

/**
 * Twenty candidates save once a second for 30 s; between the crash and `backUs` every attempt fails, and
 * each answer is tried `triesInOutage` times. For each that is sent later than that, `triesAfter` attempts are needed. With `cache` each also reads, and always gets an answer.
 */
function history({
  backUs = 14 * SECOND,
  triesAfter = 1,
  candidates = 20,
  step = 'steady',
  lastS = 30,
  triesInOutage = 1,
  cache = false,
} = {}) {
  const events: HistoryEvent[] = []
  const attempt = (candidate: string, nonce: string | undefined, atUs: number, number: number, ok: boolean): void => {
    const index = events.length
    events.push({
      type: 'invoke',
      index,
      timeUs: atUs,
      intendedUs: atUs,
      candidate,
      connection: 'main',
      f: nonce === undefined ? 'read-session' : 'save-answer',
      step,
      requestId: `r-${index}`,
      attempt: number,
      ...(nonce === undefined ? {} : { nonce }),
    })
    const [type, reason] = ok ? (['ok', 'success'] as const) : (['fail', 'connection-refused'] as const)
    events.push({ type, index: index + 1, timeUs: atUs + 5_000, invocation: index, reason })
  }
  for (let second = 1; second < lastS; second += 1) {
    for (let n = 0; n < candidates; n += 1) {
      const atUs = second * SECOND + n * 1_000
      const candidate = `c-${n}`
      const isDown = atUs >= INJECTED_US && atUs < backUs
      const tries = isDown ? triesInOutage : atUs >= backUs ? triesAfter : 1
      if (cache) attempt(candidate, undefined, atUs, 1, true)
      for (let number = 1; number <= tries; number += 1)
        attempt(candidate, `${candidate}/${second}`, atUs + number * 100, number, !isDown && number === tries)
    }
  }
  return historyOf(events.toSorted((one, other) => one.index - other.index))
}

function judge(of: ReturnType<typeof history>, faults: readonly PlayedFault[] = [crash]) {
  const verdicts = judgeDrill(outagesOf(of, faults, RULE), ['postgres-crashed'], RULE)
  return Object.fromEntries(verdicts.map((verdict) => [verdict.id, verdict]))
}

describe('back in service', () => {
  test('in time holds, and says how long nobody was served', () => {
    const verdict = judge(history())['back-in-service']
    expect(verdict).toMatchObject({ valid: true, figures: [{ unit: 's', limit: 30 }] })
    expect(verdict?.figures?.[0]?.measured).toBeCloseTo(2, 1)
    expect(verdict?.counts['postgres-crashed: nobody served for ms']).toBeGreaterThan(4_900)
    expect(verdict?.counts['postgres-crashed: steady again after ms']).toBe(3_000)
  })

  test('never seen in a load that ended before the time to recover was over is unknown', () => {
    const verdict = judge(history({ backUs: 60 * SECOND, lastS: 30 }))['back-in-service']
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('before the load ended') })
  })

  test('is when answers are saved again: what is read from a cache meanwhile is no service', () => {
    const verdict = judge(history({ cache: true }))['back-in-service']
    expect(verdict?.figures?.[0]?.measured).toBeCloseTo(2, 1)
    expect(judge(history({ backUs: Infinity, lastS: 50, cache: true }))['back-in-service']?.valid).toBe(false)
  })

  test('never is false', () => {
    expect(judge(history({ backUs: Infinity, lastS: 50 }))['back-in-service']).toMatchObject({
      valid: false,
      violations: 1,
    })
  })

  test('is unknown when nobody tried meanwhile, or only guests did', () => {
    expect(judge(history({ candidates: 1 }))['back-in-service']?.valid).toBe('unknown')
    expect(judge(history({ step: GUEST_STEP }))['back-in-service']?.valid).toBe('unknown')
  })

  test('is unknown when the fault was not played', () => {
    const verdict = judge(history(), [])['back-in-service']
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'postgres-crashed: was not played' })
    expect(judge(history(), [{ ...crash, injectedUs: null }])['back-in-service']?.valid).toBe('unknown')
  })
})

describe('retries after the return', () => {
  test('that cease hold', () => {
    expect(judge(history())['retry-amplification']).toMatchObject({ valid: true, figures: [{ measured: 1, limit: 3 }] })
  })

  test('that go on are false: a storm that feeds itself', () => {
    expect(judge(history({ triesAfter: 5 }))['retry-amplification']).toMatchObject({
      valid: false,
      violations: 1,
    })
  })

  test('are counted from when answers are saved again, and not from the first that is read from a cache', () => {
    const verdict = judge(history({ triesInOutage: 8, cache: true }))['retry-amplification']
    expect(verdict).toMatchObject({ valid: true, figures: [{ measured: 1 }] })
  })

  test('are unknown when nobody was served again', () => {
    expect(judge(history({ backUs: Infinity }))['retry-amplification']?.valid).toBe('unknown')
  })
})

import type { PhaseResult } from '../phase-result.ts'
import type { Verdict } from '../verdict.ts'

/** A check that holds, unless told otherwise. */
export function checkOf(overrides: Partial<Verdict> = {}): Verdict {
  return {
    id: 'no-lost-answer',
    title: 'an answer that a candidate was told is saved is in the database',
    valid: true,
    gate: 'zero-data-loss',
    counts: { acknowledged: 4_800, ok: 4_800, lost: 0 },
    violations: 0,
    examples: [],
    ...overrides,
  }
}

/** What a phase delivers in which nothing went wrong, unless told otherwise. Written by hand; nothing was measured. */
export function phaseOf(overrides: Partial<PhaseResult> = {}): PhaseResult {
  return {
    id: '2-load',
    title: 'Phase 2: the whole cohort sits its exam',
    startedAt: '2026-03-02T08:00:05.000Z',
    durationMs: 61_500,
    planHash: 'a1b2c3',
    plan: ['400 candidates log in over 20 s', 'everybody starts at one instant'],
    steps: [
      {
        name: 'steady',
        model: 'partly-open',
        startedMs: 20_000,
        durationMs: 30_000,
        latency: {
          'save-answer': {
            count: 4_811,
            errors: 7,
            p50Ms: 11.5,
            p90Ms: 21.5,
            p95Ms: 31.5,
            p99Ms: 91.5,
            p999Ms: null,
            maxMs: 141,
          },
        },
        serviceTime: {
          'save-answer': {
            count: 4_811,
            errors: 7,
            p50Ms: 10.5,
            p90Ms: 20.5,
            p95Ms: 30.5,
            p99Ms: 90.5,
            p999Ms: null,
            maxMs: 139,
          },
        },
      },
    ],
    faults: [],
    checks: [checkOf()],
    ledger: {
      attempted: 6_021,
      ok: 6_013,
      fail: 3,
      info: 5,
      acknowledged: 4_800,
      lost: 0,
      staleOverwritten: 0,
      phantom: 0,
      recovered: 2,
    },
    candidates: {
      planned: 400,
      unaffected: 371,
      slowed: 17,
      recovered: 12,
      lostData: 0,
      neverStarted: 0,
      undecided: 0,
    },
    generator: {
      cpu: 0.423,
      eventLoopDelayP99Ms: 12.5,
      eventLoopDelayMaxMs: 40.5,
      dispatchLagP99Ms: 3.5,
      rssBytes: 210_763_776,
      valid: true,
      reasons: [],
    },
    stage: {
      images: { postgres: 'postgres:15.18' },
      versions: { postgres: '15.18' },
      startupMs: 4_321,
      settings: { 'postgres.fsync': 'on' },
      notes: [],
    },
    ...overrides,
  }
}

import type { OutcomeReason } from '../history/outcome.ts'

/**
 * What a platform still owes candidates, and whoever watches it, while a fault is there. Data: printed as the title of a
 * test (`describeBudget`) and judged (`judge-budgets.ts`).
 */
export interface FaultBudget {
  /** Share of the attempts of candidates that may fail, 0..1; 1: all of them. */
  readonly mayFail: number
  /** The only way in which an attempt may fail. */
  readonly failsAs: WayToFail
  /** Longest wait for an answer, whatever it says, ms from the actual send. Absent: no platform could promise one. */
  readonly answeredWithinMs?: number
  /** The process says that it is alive, on the path that candidates use. Absent: nothing is owed. */
  readonly live?: true
  /** What it says when it is asked whether it is ready: yes (200) or no (5xx). Absent: either may be right. */
  readonly ready?: 'yes' | 'no'
}

/** How a request may fail, told to people. */
const WAYS_TO_FAIL = {
  /** The backend is there and says what it cannot do: 503, and when to come back. */
  'turned-away': 'as a 503 that says when to come back',
  /** Nobody is there, or nobody is heard; whoever is reached says 503. */
  unreachable: 'as a lost connection or a 503 that says when to come back',
} as const

export type WayToFail = keyof typeof WAYS_TO_FAIL

/** How long somebody waited is judged by itself; that nothing was sent, or that a candidate gave up, is no answer. */
const WITHOUT_AN_ANSWER = [
  'time-out',
  'connect-time-out',
  'open-at-end',
  'client-abort',
  'abort-before-send',
  'generator-exhausted',
] as const satisfies readonly OutcomeReason[]

const REFUSED_FOR_NOW = ['unavailable', 'turned-away', 'rate-limited'] as const satisfies readonly OutcomeReason[]

/** Rows of the outcome table that each way allows; any other is an answer that nobody should get. */
export const REASONS_OF_WAY: Readonly<Record<WayToFail, ReadonlySet<string>>> = {
  'turned-away': new Set<OutcomeReason>([...WITHOUT_AN_ANSWER, ...REFUSED_FOR_NOW]),
  unreachable: new Set<OutcomeReason>([
    ...WITHOUT_AN_ANSWER,
    ...REFUSED_FOR_NOW,
    'connection-refused',
    'connection-reset',
    'connection-lost-before-send',
    'host-unreachable',
    'name-not-resolved',
  ]),
}

/** A part that an exam does not need: as ever, for candidates and for whoever asks whether the platform is ready. */
export const NOT_NEEDED: FaultBudget = {
  mayFail: 0.01,
  failsAs: 'turned-away',
  answeredWithinMs: 2_000,
  live: true,
  ready: 'yes',
}

/** As long as a candidate waits before giving up on the shortest days; a backend's own deadlines are below it. */
const PATIENCE_MS = 5_000

/** The database works, or works again, but not for every statement. */
export const DATABASE_TROUBLED: FaultBudget = {
  mayFail: 1,
  failsAs: 'turned-away',
  answeredWithinMs: PATIENCE_MS,
  live: true,
}

/** Nobody can be served; but nobody hangs either, the process lives, and says that it is not ready. */
export const DATABASE_AWAY: FaultBudget = { ...DATABASE_TROUBLED, ready: 'no' }

/** Whoever loses a connection tries again; what was answered was an answer. */
export const UNREACHABLE: FaultBudget = { mayFail: 1, failsAs: 'unreachable' }

/** Most are served all the time. */
export function mostlyServed(mayFail: number): FaultBudget {
  return { mayFail, failsAs: 'unreachable' }
}

/** Of a fault that is over at once: there is no time to ask the backend how it is. */
export function inPassing({ live: _live, ready: _ready, ...budget }: FaultBudget): FaultBudget {
  return budget
}

/** The budget for people: `all may fail, but only as a 503 that says when to come back, within 5 s; it is alive`. */
export function describeBudget({ mayFail, failsAs, answeredWithinMs, live, ready }: FaultBudget): string {
  const share = `${Math.round(mayFail * 100)} in 100`
  const failing = `${mayFail === 1 ? 'all' : `at most ${share}`} may fail, and only ${WAYS_TO_FAIL[failsAs]}`
  return [
    failing,
    ...(answeredWithinMs === undefined ? [] : [`an answer comes within ${answeredWithinMs / 1_000} s`]),
    ...(live === undefined ? [] : ['the backend is alive']),
    ...(ready === undefined ? [] : [ready === 'yes' ? 'it is ready' : 'it says that it is not ready']),
  ].join('; ')
}

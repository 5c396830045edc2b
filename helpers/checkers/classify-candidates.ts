import type { Operation } from '../history/operation.ts'
import type { CandidateClasses } from '../phase-result.ts'
import type { GateId, Verdict } from '../verdict.ts'
import { candidateOfEmail } from './answer-ledger.ts'
import type { History } from './checker.ts'
import type { Evidence } from './evidence-rows.ts'

/** A false verdict for one of these gates, naming a candidate, means that this candidate lost something. */
const LOSS_GATES: ReadonlySet<GateId> = new Set(['zero-data-loss', 'no-corrupted-sessions'])

export type CandidateClass = Exclude<keyof CandidateClasses, 'planned'>

export interface Classification {
  readonly classes: CandidateClasses
  /** Every planned candidate once. */
  readonly byCandidate: ReadonlyMap<string, CandidateClass>
}

/**
 * Put every planned candidate in exactly one class; the first that fits, from worst to best:
 *
 * 1. `lostData`: a verdict on lost answers or corrupted sessions names this candidate.
 * 2. `neverStarted`: was never told of a session.
 * 3. `undecided`: the rows, or a verdict on losses, are unknown; or it was interrupted and nothing shows that it came
 *    back.
 * 4. `recovered`: at least one request was interrupted (unknown outcome, no connection, 5xx or 429), and later one
 *    succeeded or the database shows a closed session.
 * 5. `slowed`: an operation that `wasSlow` calls slow.
 * 6. `unaffected`.
 *
 * @param planned ids of the candidates on stage; operations of others are left out.
 * @param verdicts of the same history and rows, from `checkAll`.
 * @param wasSlow the rule of the phase, for example "longer than the p95 threshold, counted from the intended time".
 */
export function classifyCandidates(
  history: History,
  evidence: Evidence,
  planned: readonly string[],
  verdicts: readonly Verdict[],
  wasSlow: (operation: Operation) => boolean,
): Classification {
  const stories = tellStories(history, planned, wasSlow)
  const hit = new Set(verdicts.filter(isLoss).flatMap((verdict) => verdict.affected ?? []))
  const lossesDecided = evidence.answers.known && evidence.sessions.known && !verdicts.some(isUndecidedLoss)
  const closed = closedCandidates(evidence)

  const byCandidate = new Map<string, CandidateClass>()
  const classes = { unaffected: 0, slowed: 0, recovered: 0, lostData: 0, neverStarted: 0, undecided: 0 }
  for (const [candidate, story] of stories) {
    const found = classOf(story, hit.has(candidate), lossesDecided, closed.has(candidate))
    byCandidate.set(candidate, found)
    classes[found]++
  }
  return { classes: { planned: stories.size, ...classes }, byCandidate }
}

interface Story {
  started: boolean
  interrupted: boolean
  /** Something succeeded after the last interruption. */
  cameBack: boolean
  slow: boolean
}

function tellStories(
  history: History,
  planned: readonly string[],
  wasSlow: (operation: Operation) => boolean,
): ReadonlyMap<string, Story> {
  const stories = new Map<string, Story>()
  for (const candidate of planned) {
    stories.set(candidate, { started: false, interrupted: false, cameBack: false, slow: false })
  }
  for (const operation of history.operations()) {
    const story = stories.get(operation.candidate)
    if (story === undefined) continue
    if (operation.outcome === 'ok') {
      story.cameBack = true
      if (operation.told?.kind === 'session') story.started = true
    } else if (wasInterrupted(operation)) {
      story.interrupted = true
      story.cameBack = false
    }
    if (wasSlow(operation)) story.slow = true
  }
  return stories
}

function classOf(story: Story, wasHit: boolean, lossesDecided: boolean, isClosed: boolean): CandidateClass {
  if (wasHit) return 'lostData'
  if (!story.started) return 'neverStarted'
  if (!lossesDecided) return 'undecided'
  if (story.interrupted) return story.cameBack || isClosed ? 'recovered' : 'undecided'
  return story.slow ? 'slowed' : 'unaffected'
}

/** An answer that says no for a reason of the exam (closed, superseded, not found) is no interruption. */
function wasInterrupted(operation: Operation): boolean {
  if (operation.outcome === 'info') return true
  if (operation.outcome === 'ok') return false
  return operation.status === undefined || operation.status === 429 || operation.status >= 500
}

function isLoss(verdict: Verdict): boolean {
  return verdict.valid === false && LOSS_GATES.has(verdict.gate)
}

function isUndecidedLoss(verdict: Verdict): boolean {
  return verdict.valid === 'unknown' && verdict.gate === 'zero-data-loss'
}

function closedCandidates(evidence: Evidence): ReadonlySet<string> {
  const closed = new Set<string>()
  if (evidence.sessions.known) {
    for (const session of evidence.sessions.rows) {
      if (session.status !== 'ACTIVE') closed.add(candidateOfEmail(session.email))
    }
  }
  return closed
}

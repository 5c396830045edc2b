import type { Operation, Told } from '../history/operation.ts'
import { allFailed, foldAnswers } from './answer-ledger.ts'
import type { Checker, History } from './checker.ts'
import { toldBesideAnswers } from './told-beside-answers.ts'
import { collectFindings } from './violations.ts'

/** Whole seconds are told; two workers may round the same instant differently. */
const REMAINING_TOLERANCE_SECONDS = 1

/**
 * C12: time runs one way. Of two reads of a session, the second sent after the first was answered, the later never
 * shows an older version, never an open session where the earlier showed a closed one, and never more time left. Nor, where
 * no versions are told, an answer without a choice that had one and that nobody cleared.
 */
export const monotonicReads: Checker = {
  id: 'monotonic-reads',
  title: 'What a candidate sees never goes back in time',
  gate: 'no-corrupted-sessions',
  check(history, _evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const counts = { observations: 0, comparisons: 0 }
    const sessions = new Map<string, { readonly known: Known; pending: Observation[] }>()
    for (const operation of history.operations()) {
      const observation = observe(operation)
      if (observation === null) continue
      counts.observations++
      let state = sessions.get(observation.session)
      if (state === undefined) {
        state = {
          known: { versions: new Map(), choices: new Set(), status: null, remainingSeconds: null },
          pending: [],
        }
        sessions.set(observation.session, state)
      }
      const { known } = state
      // Only what was answered before this was sent came before it.
      state.pending = state.pending.filter((earlier) => {
        if (earlier.completedUs >= operation.timeUs) return true
        remember(known, earlier)
        return false
      })
      if (known.status !== null) counts.comparisons++
      for (const { text, question } of contradictions(known, observation)) {
        findings.add({
          summary: `${operation.candidate}: ${text}`,
          candidate: operation.candidate,
          session: observation.session,
          question,
          rows: operation.told === undefined ? [] : [operation.told],
        })
      }
      for (const question of observation.versions.keys()) {
        if (!isGone(known, observation, question) || mayBeCleared(history, observation.session, question)) continue
        const summary = `${operation.candidate}: saw the choice of an answer to ${question}, later none`
        if (!history.complete) findings.undecided(`the history is incomplete: ${summary}`)
        else {
          findings.add({
            summary,
            candidate: operation.candidate,
            session: observation.session,
            question,
            rows: operation.told === undefined ? [] : [operation.told],
          })
        }
      }
      state.pending.push(observation)
    }
    if (counts.comparisons === 0) findings.undecided('no session was looked at twice')
    return findings.conclude(counts)
  },
}

interface Observation {
  readonly session: string
  readonly completedUs: number
  readonly status: string
  readonly remainingSeconds: number | null
  /** By question; null: shown as unanswered. */
  readonly versions: ReadonlyMap<string, number | null>
  /** Questions that were shown with a choice and without its version. */
  readonly choices: readonly string[]
}

interface Known {
  readonly versions: Map<string, number>
  readonly choices: Set<string>
  status: string | null
  remainingSeconds: number | null
}

function observe(operation: Operation): Observation | null {
  const { outcome, completedUs } = operation
  if (outcome !== 'ok' || completedUs === null) return null
  const told = toldBesideAnswers(operation)
  if (told === undefined || !('status' in told)) return null
  const { session, status } = told
  const remainingSeconds = told.kind === 'paper' ? told.remainingSeconds : null
  return { session, completedUs, status, remainingSeconds, versions: versionsIn(told), choices: choicesIn(told) }
}

function choicesIn(told: Told): readonly string[] {
  if (told.kind !== 'paper') return []
  return told.answers.flatMap(({ question, version, value }) => (version === null && value !== null ? [question] : []))
}

function versionsIn(told: Told): ReadonlyMap<string, number | null> {
  const versions = new Map<string, number | null>()
  if (told.kind !== 'paper') return versions
  for (const { question, version, value } of told.answers) {
    // An answer without a version says nothing about its age.
    if (version !== null || value === null) versions.set(question, version)
  }
  return versions
}

function remember(known: Known, { versions, choices, status, remainingSeconds }: Observation): void {
  for (const question of choices) known.choices.add(question)
  for (const [question, version] of versions) {
    const before = known.versions.get(question)
    if (version !== null && (before === undefined || version > before)) known.versions.set(question, version)
  }
  if (known.status === null || known.status === 'ACTIVE') known.status = status
  if (remainingSeconds !== null && (known.remainingSeconds === null || remainingSeconds < known.remainingSeconds)) {
    known.remainingSeconds = remainingSeconds
  }
}

/** A version that was seen says more: {@link contradictions} compares it. */
function isGone(known: Known, { versions }: Observation, question: string): boolean {
  return versions.get(question) === null && known.choices.has(question) && !known.versions.has(question)
}

function mayBeCleared(history: History, session: string, question: string): boolean {
  const sent = foldAnswers(history).get(session)?.get(question)?.versions ?? []
  return sent.some((version) => version.value === null && !allFailed(version))
}

function* contradictions(
  known: Known,
  { versions, status, remainingSeconds }: Observation,
): Generator<{ readonly text: string; readonly question?: string }> {
  for (const [question, version] of versions) {
    const before = known.versions.get(question)
    if (before === undefined || (version !== null && version >= before)) continue
    yield { text: `saw version ${before} of the answer to ${question}, later ${version ?? 'none'}`, question }
  }
  if (known.status !== null && known.status !== 'ACTIVE' && status !== known.status) {
    yield { text: `saw the session ${known.status}, later ${status}` }
  }
  const before = known.remainingSeconds
  if (before !== null && remainingSeconds !== null && remainingSeconds > before + REMAINING_TOLERANCE_SECONDS) {
    yield { text: `had ${before} s left, later ${remainingSeconds} s` }
  }
}

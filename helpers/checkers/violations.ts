import type { Operation } from '../history/operation.ts'
import type { Verdict, Violation } from '../verdict.ts'
import type { Checker, Expectations, History } from './checker.ts'
import { formatOperation } from './format-operation.ts'

/** A witness shows the first operations of a story and its end. */
const WITNESS_HEAD = 3
const WITNESS_TAIL = 7

/** A violation as a checker finds it; the witness is added at the end, for the few that are shown. */
export interface Finding {
  readonly summary: string
  readonly candidate?: string | undefined
  readonly session?: string | undefined
  readonly question?: string | undefined
  /** How bad, compared with others of this checker. Default 1. */
  readonly weight?: number
  readonly rows?: readonly unknown[]
  /** Which operations prove it. Default: those of that candidate and question, with its submits. */
  readonly provedBy?: (operation: Operation) => boolean
}

/** Findings, bounded: the number, every candidate hit, and the first, worst and last finding. */
export interface Findings {
  add(finding: Finding): void
  /** What could not be decided, so that the answer cannot be `true`. The first reason is kept. */
  undecided(reason: string): void
  /** The verdict: false when there is a finding, else unknown when something is undecided, else true (C27). */
  conclude(counts: Readonly<Record<string, number>>): Verdict
}

/** Start collecting for one check. Ten thousand losses cost as much memory as three, and read as one line. */
export function collectFindings(
  checker: Pick<Checker, 'id' | 'title' | 'gate'>,
  history: History,
  expectations: Expectations,
): Findings {
  let count = 0
  let first: Finding | undefined
  let worst: Finding | undefined
  let last: Finding | undefined
  let undecidedReason: string | undefined
  const affected = new Set<string>()

  return {
    add(finding) {
      count++
      first ??= finding
      if (worst === undefined || weightOf(finding) > weightOf(worst)) worst = finding
      last = finding
      if (finding.candidate !== undefined) affected.add(finding.candidate)
    },
    undecided(reason) {
      undecidedReason ??= reason
    },
    conclude(counts) {
      const shown = [...new Set([first, worst, last])].filter((finding) => finding !== undefined)
      const reason = worst === undefined ? undecidedReason : describeCount(count, affected.size, worst)
      return {
        id: checker.id,
        title: checker.title,
        gate: checker.gate,
        valid: count > 0 ? false : undecidedReason === undefined ? true : 'unknown',
        counts,
        violations: count,
        examples: attachWitnesses(shown, history, expectations),
        ...(affected.size === 0 ? {} : { affected: [...affected].sort() }),
        ...(reason === undefined ? {} : { reason }),
      }
    },
  }
}

/** A verdict that says only why nothing can be said. */
export function unknownVerdict(checker: Pick<Checker, 'id' | 'title' | 'gate'>, reason: string): Verdict {
  const { id, title, gate } = checker
  return { id, title, gate, valid: 'unknown', counts: {}, violations: 0, examples: [], reason }
}

function weightOf(finding: Finding): number {
  return finding.weight ?? 1
}

function describeCount(count: number, candidates: number, worst: Finding): string {
  if (count === 1) return worst.summary
  const whom = candidates === 0 ? '' : ` hitting ${candidates} ${candidates === 1 ? 'candidate' : 'candidates'}`
  return `${count} violations${whom}; the worst: ${worst.summary}`
}

/** One pass over the history for all findings that are shown; none when there is nothing to show. */
export function attachWitnesses(
  findings: readonly Finding[],
  history: History,
  expectations: Expectations,
): Violation[] {
  if (findings.length === 0) return []
  const witnesses = findings.map((finding) => ({
    proves: finding.provedBy ?? provesByDefault(finding),
    head: [] as Operation[],
    tail: [] as Operation[],
  }))
  for (const operation of history.operations()) {
    for (const { proves, head, tail } of witnesses) {
      if (!proves(operation)) continue
      if (head.length < WITNESS_HEAD) head.push(operation)
      else if (tail.push(operation) > WITNESS_TAIL) tail.shift()
    }
  }
  return findings.map((finding, position) => {
    const { head, tail } = witnesses[position] as (typeof witnesses)[number]
    const operations = [...head, ...tail]
    return {
      summary: finding.summary,
      ...(finding.candidate === undefined ? {} : { candidate: finding.candidate }),
      ...(finding.session === undefined ? {} : { session: finding.session }),
      ...(finding.question === undefined ? {} : { question: finding.question }),
      operations: operations.map((operation) => formatOperation(operation, expectations.faults)),
      rows: finding.rows ?? [],
      requestIds: operations.map((operation) => operation.requestId),
    }
  })
}

function provesByDefault(finding: Finding): (operation: Operation) => boolean {
  const { candidate, session, question } = finding
  if (candidate === undefined && session === undefined) return () => false
  return (operation) => {
    if (candidate !== undefined && operation.candidate !== candidate) return false
    if (session !== undefined && operation.session !== undefined && operation.session !== session) return false
    if (operation.f === 'submit') return true
    if (question !== undefined) return operation.question === question
    return operation.f === 'create-session' || operation.f === 'current-session' || operation.f === 'read-session'
  }
}

import type { Completion, Invocation } from '../history/operation.ts'
import { copyEvent } from '../history/operation-columns.ts'
import { isSaveAnswer } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { collectFindings } from './violations.ts'

/**
 * Events of one process are recorded within moments of being timed. A jump back by more than this means that two
 * clocks were mixed.
 */
const TOLERATED_REORDER_US = 1_000_000

/**
 * C1: the history is one that can be judged. Every invocation has at most one completion, later than itself; a
 * connection of a candidate does one thing at a time; times come from one clock; an answer says what it answers.
 *
 * Never false: a history that could not have happened is a defect of the rehearsal, never of the backend, and nothing
 * that is read from it can be held against anybody. Unknown, too, when it is empty or incomplete.
 */
export const wellFormedHistory: Checker = {
  id: 'well-formed-history',
  title: 'The history is complete and could have happened',
  gate: 'evidence-complete',
  check(history, _evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const counts = { events: 0, invocations: 0, completions: 0, open: 0 }
    const open = new Map<number, Invocation>()
    const busy = new Map<string, number>()
    let latestUs = Number.NEGATIVE_INFINITY
    let highestIndex = -1

    for (const event of history.events()) {
      counts.events++
      if (event.index <= highestIndex) report(event, `index ${event.index} follows ${highestIndex}`)
      highestIndex = Math.max(highestIndex, event.index)
      if (!Number.isFinite(event.timeUs)) report(event, `event ${event.index} has no time`)
      if (event.timeUs < latestUs - TOLERATED_REORDER_US) {
        report(
          event,
          `event ${event.index} is ${Math.round((latestUs - event.timeUs) / 1_000)} ms before one already recorded`,
        )
      }
      latestUs = Math.max(latestUs, event.timeUs)
      if (event.type === 'invoke') begin(event)
      else end(event)
    }
    counts.open = open.size
    for (const operation of history.operations()) {
      if (operation.f === 'save-answer' && !isSaveAnswer(operation)) {
        findings.add({
          summary: `${operation.candidate}: a save-answer names no session, question or version`,
          candidate: operation.candidate,
        })
      }
    }

    if (counts.invocations === 0) findings.undecided('the history is empty')
    if (!history.complete) findings.undecided('the history is incomplete: its end is cut off, or events are missing')
    const verdict = findings.conclude(counts)
    return verdict.valid === false ? { ...verdict, valid: 'unknown' } : verdict

    function begin(event: Invocation): void {
      counts.invocations++
      const connection = `${event.candidate} ${event.connection}`
      const other = busy.get(connection)
      if (other !== undefined) report(event, `${connection} began operation ${event.index} while ${other} was open`)
      busy.set(connection, event.index)
      open.set(event.index, event)
    }

    function end(event: Completion): void {
      counts.completions++
      const invocation = open.get(event.invocation)
      if (invocation === undefined) {
        report(event, `completion ${event.index} ends ${event.invocation}, which is not open`)
        return
      }
      open.delete(event.invocation)
      const connection = `${invocation.candidate} ${invocation.connection}`
      if (busy.get(connection) === event.invocation) busy.delete(connection)
      if (event.timeUs < invocation.timeUs) report(invocation, `operation ${event.invocation} ended before it began`)
    }

    function report(event: Invocation | Completion, summary: string): void {
      findings.add({
        summary,
        ...(event.type === 'invoke' ? { candidate: event.candidate } : {}),
        rows: [copyEvent(event)],
      })
    }
  },
}

import { CONSTRAINTS_INVARIANT } from '../helpers/checkers/constraints-present.ts'
import type { Evidence, Rows } from '../helpers/checkers/evidence-rows.ts'
import { completeEvidence } from '../helpers/complete-evidence.ts'
import type { Validity } from '../helpers/verdict.ts'
import { answerLine, exitCodeOfAnswers, type Say } from './tool-output.ts'

const ROWS_SHOWN = 3

/**
 * Say of every integrity query whether it holds, with the first rows of those that do not, and over how many sessions.
 *
 * @param read as the database gave it; where rows lack what every row must have, what compares it is unknown
 * @returns 0 every promise holds; 1 one is broken; 2 one could not be checked, or no session or no answer is there to
 *   check anything on; 3 nothing could be read at all
 */
export function tellIntegrity(read: Evidence, say: Say): 0 | 1 | 2 | 3 {
  const { sessions, answers } = read
  const complete = completeEvidence(read)
  const { invariants } = complete
  if (!sessions.known && invariants.every(({ rows }) => !rows.known)) {
    say(`Nothing was checked: ${sessions.reason}`)
    return 3
  }
  const verdicts: Validity[] = []
  for (const { id, title, rows: found } of invariants) {
    // Keys of tables that cannot be read are not missing: the tables are other ones.
    const isElsewhere = id === CONSTRAINTS_INVARIANT && !sessions.known
    const rows = isElsewhere ? { known: false as const, reason: sessions.reason } : found
    if (!rows.known && 'absent' in rows) {
      say(`[ - ] ${title} (${id}): not judged: ${rows.reason}`)
      continue
    }
    const valid: Validity = rows.known ? rows.rows.length === 0 : 'unknown'
    verdicts.push(valid)
    say(
      answerLine(
        valid,
        `${title} (${id})`,
        rows.known ? (valid ? undefined : `${rows.rows.length} rows`) : rows.reason,
      ),
    )
    if (!rows.known) continue
    for (const row of rows.rows.slice(0, ROWS_SHOWN)) say(`        ${JSON.stringify(row)}`)
    if (rows.rows.length > ROWS_SHOWN) say(`        ... and ${rows.rows.length - ROWS_SHOWN} more`)
  }
  for (const [what, found, asked] of [
    ['sessions', sessions, complete.sessions],
    ['events that close a session', read.closingEvents, complete.closingEvents],
  ] satisfies [string, Rows<object>, Rows<object>][]) {
    if (!found.known || asked.known) continue
    verdicts.push('unknown')
    say(answerLine('unknown', `The ${what} have what each must have`, asked.reason))
  }
  const countOf = (found: Rows<object>) => (found.known ? found.rows.length + (found.counted ?? 0) : undefined)
  const count = (found: Rows<object>) => countOf(found) ?? 'an unknown number of'
  say(`\nOver ${count(sessions)} sessions with ${count(answers)} answers.`)
  if (!sessions.known) {
    say('Tables of your own are read by the mapping of a platform: name the configuration with --config.')
  }
  const nothing = [
    { what: 'session', found: sessions },
    { what: 'answer', found: answers },
  ].find(({ found }) => countOf(found) === 0)
  if (nothing !== undefined) {
    verdicts.push('unknown')
    say(`No ${nothing.what} is there: what holds of nothing says nothing.`)
  }
  return exitCodeOfAnswers(verdicts)
}

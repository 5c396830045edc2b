import { notJudged } from '../platform/not-judged.ts'
import type { Checker } from './checker.ts'
import { foldSubmits } from './submit-ledger.ts'
import { toldBesideAnswers } from './told-beside-answers.ts'
import { collectFindings } from './violations.ts'

const TELLS_NO_RESULT = 'no submit was told a result, and whether repeats are told the same cannot be seen'

/**
 * For a platform whose database nobody may read: what candidates were told of their sessions does not contradict itself.
 * A candidate is told of one session, a session is told to one candidate, and every repeat of a submit gets the same
 * answer: of one that tells no result nothing is known. Whether the score is right, and whether it is stored once, cannot
 * be seen from there.
 */
export const toldTheSame: Checker = {
  id: 'told-the-same',
  title: 'A candidate is told of one session and of one result, however often it asks',
  gate: 'no-corrupted-sessions',
  check(history, _evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const sessions = new Map<string, Set<string>>()
    const owners = new Map<string, string>()
    /** By session, how many replies to its submit told a result. */
    const results = new Map<string, number>()
    for (const operation of history.operations()) {
      const { candidate, session, outcome, told: reply } = operation
      if (operation.f === 'submit' && outcome === 'ok' && session !== undefined && reply?.kind === 'submission') {
        results.set(session, (results.get(session) ?? 0) + 1)
      }
      const told = toldBesideAnswers(operation)
      if (told?.kind !== 'session') continue
      const known = sessions.get(candidate) ?? new Set()
      sessions.set(candidate, known.add(told.session))
      const owner = owners.get(told.session)
      if (owner === undefined) owners.set(told.session, candidate)
      else if (owner !== candidate) {
        const summary = `${candidate}: was told of session ${told.session}, which ${owner} was told of before`
        findings.add({ summary, candidate, session: told.session })
      }
    }
    for (const [candidate, known] of sessions) {
      if (known.size === 1) continue
      const summary = `${candidate}: was told of ${known.size} sessions: ${[...known].join(', ')}`
      findings.add({ summary, candidate, weight: known.size })
    }
    const counts = { sessions: owners.size, submitted: 0, repeated: 0, compared: 0 }
    for (const { candidate, session, ok, told } of foldSubmits(history).values()) {
      if (ok > 0) counts.submitted++
      if (ok > 1) counts.repeated++
      if ((results.get(session) ?? 0) > 1) counts.compared++
      if (told.length < 2) continue
      const summary = `${candidate}: repeats of the submit of session ${session} were answered in ${told.length} different ways`
      findings.add({ summary, candidate, session, weight: told.length, rows: told })
    }
    if (owners.size === 0) findings.undecided('nobody was told of a session')
    if (counts.repeated === 0) findings.undecided('nobody handed in twice')
    else if (counts.compared === 0 && results.size > 0)
      findings.undecided('no repeat of a submit was told a result, and there is nothing to compare')
    const verdict = findings.conclude(counts)
    // A platform that tells no result at all does so every day: no rehearsal of it will ever compare one.
    const isSilent = counts.repeated > 0 && results.size === 0
    return isSilent && verdict.valid === true ? notJudged(this, TELLS_NO_RESULT) : verdict
  },
}

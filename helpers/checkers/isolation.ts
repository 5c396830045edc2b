import type { Operation, Told } from '../history/operation.ts'
import type { OutcomeReason } from '../history/outcome.ts'
import { candidateOfEmail } from './answer-ledger.ts'
import type { Checker, History } from './checker.ts'
import { collectFindings, type Finding, unknownVerdict } from './violations.ts'

/** A 2xx about another question, version, value, nonce or session: its effect is unknown, that it is wrong is not. */
const FOREIGN_ECHO: OutcomeReason = 'echo-mismatch'

/**
 * C15: nobody sees or stores what belongs to somebody else. Every nonce in a row or a reply belongs to that candidate
 * and question, every reply is about what was asked and nothing else, and no session is told to two candidates.
 */
export const isolation: Checker = {
  id: 'isolation',
  title: "Nobody's answers appear in somebody else's session or replies",
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    if (!evidence.sessions.known) {
      return unknownVerdict(this, `the sessions could not be read: ${evidence.sessions.reason}`)
    }
    const findings = collectFindings(this, history, expectations)
    const owners = new Map(evidence.sessions.rows.map((row) => [row.id, candidateOfEmail(row.email)]))
    const nonces = foldNonces(history)
    const counts = { nonces: nonces.size, rowsCompared: 0, repliesCompared: 0, foreignEchoes: 0 }

    for (const row of evidence.answers.rows) {
      const sender = row.client_event_id === null ? undefined : nonces.get(row.client_event_id)
      if (sender === undefined) continue
      counts.rowsCompared++
      const owner = owners.get(row.session_id)
      const problem =
        owner !== sender.candidate
          ? `${owner}: session ${row.session_id} holds an answer that ${sender.candidate} sent`
          : sender.question !== row.question_id
            ? `${owner}: the row of ${row.question_id} holds what was sent for ${sender.question}`
            : null
      if (problem === null) continue
      findings.add({
        summary: problem,
        candidate: owner,
        session: row.session_id,
        question: row.question_id,
        rows: [row],
        provedBy: (operation) => operation.nonce === row.client_event_id || operation.question === row.question_id,
      })
    }

    const toldTo = new Map<string, string>()
    for (const operation of history.operations()) {
      const { told } = operation
      if (operation.reason === FOREIGN_ECHO) {
        counts.foreignEchoes++
        const summary = `${operation.candidate}: a ${operation.f} was answered with something else than was sent`
        findings.add({ summary, ...aboutWhom(operation) })
      }
      if (told === undefined || !('session' in told)) continue
      counts.repliesCompared++
      for (const summary of problemsOf(operation, told, nonces, toldTo)) {
        findings.add({ summary: `${operation.candidate}: ${summary}`, ...aboutWhom(operation) })
      }
    }
    for (const [session, candidate] of toldTo) {
      const owner = owners.get(session)
      if (owner === undefined || owner === candidate) continue
      const summary = `${candidate}: was told of session ${session}, which the database says belongs to ${owner}`
      findings.add({ summary, candidate, session })
    }
    if (counts.rowsCompared + counts.repliesCompared === 0)
      findings.undecided('neither row nor reply could be compared')
    return findings.conclude(counts)
  },
}

interface Sender {
  readonly candidate: string
  readonly question: string | undefined
}

function foldNonces(history: History): ReadonlyMap<string, Sender> {
  const nonces = new Map<string, Sender>()
  for (const { nonce, candidate, question } of history.operations()) {
    if (nonce !== undefined && !nonces.has(nonce)) nonces.set(nonce, { candidate, question })
  }
  return nonces
}

function* problemsOf(
  operation: Operation,
  told: Extract<Told, { readonly session: string }>,
  nonces: ReadonlyMap<string, Sender>,
  toldTo: Map<string, string>,
): Generator<string> {
  const { candidate, session, question, nonce } = operation
  const other = toldTo.get(told.session)
  if (other === undefined) toldTo.set(told.session, candidate)
  else if (other !== candidate) yield `was told of session ${told.session}, which ${other} was told of before`
  if (session !== undefined && told.session !== session)
    yield `asked about session ${session}, was told of ${told.session}`

  if (told.kind === 'answer') {
    if (question !== undefined && told.question !== question) yield `answered ${question}, was told of ${told.question}`
    // A superseded answer is told what stands there instead, which carries the nonce of another version.
    if (!told.superseded && told.nonce !== undefined && nonce !== undefined && told.nonce !== nonce) {
      yield `sent event ${nonce}, was told of event ${told.nonce}`
    }
  }
  const answers = told.kind === 'paper' || told.kind === 'review' ? told.answers : told.kind === 'answer' ? [told] : []
  for (const answer of answers) {
    const sender = answer.nonce === undefined ? undefined : nonces.get(answer.nonce)
    if (sender === undefined) continue
    if (sender.candidate !== candidate) yield `was shown an answer that ${sender.candidate} sent`
    else if (sender.question !== answer.question) {
      yield `was shown at ${answer.question} what was sent for ${sender.question}`
    }
  }
}

function aboutWhom({ candidate, session, question }: Operation): Pick<Finding, 'candidate' | 'session' | 'question'> {
  return { candidate, session, question }
}

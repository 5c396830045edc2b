import type { Operation, Told, ToldAnswer } from '../history/operation.ts'
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
    const senders = foldNonces(history)
    const counts = { nonces: senders.first.size, rowsCompared: 0, repliesCompared: 0, foreignEchoes: 0 }

    for (const row of evidence.answers.rows) {
      const sender = row.client_event_id === null ? undefined : senders.first.get(row.client_event_id)
      if (sender === undefined) continue
      counts.rowsCompared++
      const owner = owners.get(row.session_id)
      const problem =
        owner === undefined
          ? `${sender.candidate}: its answer is in session ${row.session_id}, which is nobody's`
          : owner !== sender.candidate
            ? `${owner}: session ${row.session_id} holds an answer that ${sender.candidate} sent`
            : sender.question !== row.question_id
              ? `${owner}: the row of ${row.question_id} holds what was sent for ${sender.question}`
              : null
      if (problem === null) continue
      findings.add({
        summary: problem,
        candidate: owner ?? sender.candidate,
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
      const problems: string[] = []
      findProblems(operation, told, senders, toldTo, problems)
      for (const summary of problems) {
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

interface Senders {
  /** Who sent a nonce first. */
  readonly first: ReadonlyMap<string, Sender>
  /** Nonces that were sent for something else as well: none, with clients that draw them. */
  readonly several: ReadonlySet<string>
}

function foldNonces(history: History): Senders {
  const first = new Map<string, Sender>()
  const several = new Set<string>()
  for (const { nonce, candidate, question } of history.operations()) {
    if (nonce === undefined) continue
    const sender = first.get(nonce)
    if (sender === undefined) first.set(nonce, { candidate, question })
    else if (sender.candidate !== candidate || sender.question !== question) several.add(nonce)
  }
  return { first, several }
}

/** Adds to `found`, and is no generator: one for each of a million operations costs more than looking at them. */
function findProblems(
  operation: Operation,
  told: Extract<Told, { readonly session: string }>,
  senders: Senders,
  toldTo: Map<string, string>,
  found: string[],
): void {
  const { candidate, session, question, nonce } = operation
  const other = toldTo.get(told.session)
  if (other === undefined) toldTo.set(told.session, candidate)
  else if (other !== candidate) found.push(`was told of session ${told.session}, which ${other} was told of before`)
  if (session !== undefined && told.session !== session)
    found.push(`asked about session ${session}, was told of ${told.session}`)

  if (told.kind === 'answer') {
    if (question !== undefined && told.question !== question)
      found.push(`answered ${question}, was told of ${told.question}`)
    // A superseded answer is told what stands there instead, which carries the nonce of another version.
    if (!told.superseded && told.nonce !== undefined && nonce !== undefined && told.nonce !== nonce) {
      found.push(`sent event ${nonce}, was told of event ${told.nonce}`)
    }
    // Its own nonce, for its own question: nobody needs to be looked up among a million.
    const isOwn = told.nonce !== undefined && told.nonce === nonce && told.question === question
    if (!isOwn || senders.several.has(told.nonce)) findSender(candidate, told, senders, found)
  } else if (told.kind === 'paper' || told.kind === 'review') {
    for (const answer of told.answers) findSender(candidate, answer, senders, found)
  }
}

function findSender(candidate: string, answer: ToldAnswer, { first }: Senders, found: string[]): void {
  const sender = answer.nonce === undefined ? undefined : first.get(answer.nonce)
  if (sender === undefined) return
  if (sender.candidate !== candidate) found.push(`was shown an answer that ${sender.candidate} sent`)
  else if (sender.question !== answer.question) {
    found.push(`was shown at ${answer.question} what was sent for ${sender.question}`)
  }
}

function aboutWhom({ candidate, session, question }: Operation): Pick<Finding, 'candidate' | 'session' | 'question'> {
  return { candidate, session, question }
}

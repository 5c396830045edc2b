import type { History } from './checker.ts'
import type { Evidence } from './evidence-rows.ts'

/** @returns the questions of the paper of a session, in no order; undefined: nobody knows them. */
export type KnownPapers = (session: string) => ReadonlySet<string> | undefined

const NONE: ReadonlySet<string> = new Set()

/**
 * What each session's paper is made of: as it is stored, and a session without a stored paper has no question. Where papers
 * cannot be read, what candidates were told by `read-questions`, once these are as many as the session was promised: a
 * platform may hand them out in pages, and a page is no paper.
 */
export function knownPapers(history: History, { papers }: Evidence): KnownPapers {
  if (!papers.known) return toldPapers(history)
  const stored = new Map<string, Set<string>>()
  for (const { session_id, question_id } of papers.rows) addTo(stored, session_id, question_id)
  return (session) => stored.get(session) ?? NONE
}

/** By session, how many questions its candidate was told that it has. */
export function promisedQuestions(history: History): ReadonlyMap<string, number> {
  const promised = new Map<string, number>()
  for (const operation of history.operations()) {
    if (operation.f !== 'create-session' && operation.f !== 'current-session') continue
    const reply = operation.told
    if (reply?.kind === 'session') promised.set(reply.session, reply.totalQuestions)
  }
  return promised
}

function toldPapers(history: History): KnownPapers {
  const told = new Map<string, Set<string>>()
  const promised = promisedQuestions(history)
  for (const operation of history.operations()) {
    const { f, session } = operation
    // What was told is made anew when it is asked, and nearly all of a history are answers.
    if (f !== 'read-questions') continue
    const reply = operation.told
    if (reply?.kind === 'questions' && session !== undefined) {
      for (const question of reply.questions) addTo(told, session, question)
    }
  }
  return (session) => {
    const questions = told.get(session)
    // More than were promised are of two papers: of which, nobody knows.
    return questions?.size === promised.get(session) ? questions : undefined
  }
}

function addTo(papers: Map<string, Set<string>>, session: string, question: string): void {
  const questions = papers.get(session)
  if (questions === undefined) papers.set(session, new Set([question]))
  else questions.add(question)
}

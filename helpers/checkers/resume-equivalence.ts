import type { Operation, ToldAnswer } from '../history/operation.ts'
import { allFailed, findVersion } from './answer-ledger.ts'
import type { Checker, History } from './checker.ts'
import { possibleValues } from './explain-row.ts'
import { knownPapers, promisedQuestions } from './known-papers.ts'
import { oncePer } from './once-per.ts'
import { type SessionReadWithTried, visitReads, visitReadsWithTried } from './session-reads.ts'
import { collectFindings } from './violations.ts'

/**
 * C13: who comes back, on the same or on another device, finds exactly what was acknowledged: every question in its
 * acknowledged version (or a newer one that was sent and not refused), with the value of that version, on the same
 * paper. That it is the same session is `one-session-per-candidate`.
 *
 * Every question that a reply about the session shows is compared with the stored paper: those of `read-questions`, and
 * those that come with the answers, which candidates work from. One reply may leave questions out, and their order is free;
 * but who was given the texts must have been shown each question of the paper by some reply, or nobody could answer it.
 */
export const resumeEquivalence: Checker = {
  id: 'resume-equivalence',
  title: 'Who comes back finds exactly what was acknowledged, on the same paper',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const counts = { reads: 0, onAnotherDevice: 0, answers: 0, different: 0, otherPaper: 0, neverShown: 0 }
    const firstConnection = new Map<string, string>()
    const questionReplies: Operation[] = []
    for (const operation of history.operations()) {
      const { candidate, connection } = operation
      if (!firstConnection.has(candidate)) firstConnection.set(candidate, connection)
      if (operation.f === 'read-questions') questionReplies.push(operation)
    }
    const paperOf = knownPapers(history, evidence)
    const promisedOf = promisedQuestions(history)
    const texts = new Map<string, { readonly candidate: string; readonly questions: Set<string> }>()
    /** Whether a question was shown whose paper should have been looked at. */
    let isShown = false

    visitReadsWithTried(history, (read) => {
      const { operation, session, answers, floor } = read
      counts.reads++
      if (operation.connection !== firstConnection.get(operation.candidate)) counts.onAnotherDevice++
      const shown = new Map(answers.map((answer) => [answer.question, answer]))
      const paper = paperOf(session)
      const foreign: string[] = []
      if (answers.length > 0) isShown = true
      /** Whether a violation was found at this question. */
      const look = (question: string): boolean => {
        counts.answers++
        const answer = shown.get(question)
        const { problem, certain } = compare(history, read, question, answer)
        if (problem === null) return false
        if (certain === 'never' || (certain === 'when complete' && !history.complete)) {
          findings.undecided(problem)
          return false
        }
        counts.different++
        findings.add({
          summary: `${operation.candidate}: came back and found at ${question} ${problem}`,
          candidate: operation.candidate,
          session,
          question,
          rows: answer === undefined ? [] : [answer],
          provedBy: (other) =>
            other.index === operation.index || (other.session === session && other.question === question),
        })
        return true
      }
      for (const question of shown.keys()) {
        // What is wrong with its answer says more than that it is not there at all.
        if (!look(question) && paper?.has(question) === false) foreign.push(question)
      }
      for (const question of floor.keys()) if (!shown.has(question)) look(question)
      if (foreign.length > 0) addForeign(operation, session, foreign)
    })

    for (const operation of questionReplies) {
      const { told, session } = operation
      if (told?.kind !== 'questions' || session === undefined) continue
      isShown = true
      const { candidate } = operation
      const seen = texts.get(session) ?? { candidate, questions: new Set<string>() }
      texts.set(session, seen)
      for (const question of told.questions) seen.questions.add(question)
      const paper = paperOf(session)
      const foreign = told.questions.filter((question) => paper?.has(question) === false)
      if (foreign.length > 0) addForeign(operation, session, foreign)
    }
    addNeverShown()
    if (isShown && !evidence.papers.known) findings.undecided(`the papers could not be read: ${evidence.papers.reason}`)
    if (counts.reads === 0) findings.undecided('nobody came back')
    return findings.conclude(counts)

    /** Looks into the reads only for those to whom the texts alone did not show everything: hardly ever. */
    function addNeverShown(): void {
      const lacking = [...texts].filter(([session, { questions }]) => missing(session, questions).count > 0)
      if (lacking.length === 0) return
      const suspects = new Map(lacking)
      visitReads(history, ({ session, answers }) => {
        const suspect = suspects.get(session)
        for (const { question } of suspect === undefined ? [] : answers) suspect?.questions.add(question)
      })
      for (const [session, { candidate, questions }] of lacking) {
        const { count, of, names } = missing(session, questions)
        if (count === 0) continue
        const which = names.length === 0 ? '' : `: ${names.join(', ')}`
        const summary = `${candidate}: ${count} of ${of} questions of the paper were never shown${which}`
        if (!history.complete) {
          findings.undecided(`the history is incomplete: ${summary}`)
          continue
        }
        counts.neverShown++
        findings.add({
          summary,
          candidate,
          session,
          weight: count,
          provedBy: (other) =>
            other.candidate === candidate && (other.told?.kind === 'session' || showsPaper(other, session)),
        })
      }
    }

    /** Of the stored paper; where papers cannot be read, of as many questions as the session was promised. */
    function missing(session: string, seen: ReadonlySet<string>) {
      if (!evidence.papers.known) {
        const of = promisedOf.get(session)
        return of === undefined ? { count: 0, of: 0, names: [] } : { count: Math.max(0, of - seen.size), of, names: [] }
      }
      const paper = paperOf(session) ?? new Set<string>()
      const names = [...paper].filter((question) => !seen.has(question))
      return { count: names.length, of: paper.size, names }
    }

    function addForeign({ index, candidate, f }: Operation, session: string, foreign: readonly string[]): void {
      counts.otherPaper++
      findings.add({
        summary: `${candidate}: ${f} showed questions of another paper: ${foreign.join(', ')}`,
        candidate,
        session,
        provedBy: (other) =>
          other.index === index ||
          (other.candidate === candidate && (other.f === 'create-session' || other.f === 'current-session')) ||
          (other.f === 'read-questions' && other.session === session),
      })
    }
  },
}

function showsPaper({ f, session }: Operation, of: string): boolean {
  return session === of && (f === 'read-questions' || f === 'read-session' || f === 'review')
}

interface Comparison {
  readonly problem: string | null
  /**
   * Whether it is a violation. `never`: the reply does not say enough. `when complete`: an attempt that is missing from an
   * incomplete history would explain it; what was acknowledged and is not shown is one all the same.
   */
  readonly certain: 'always' | 'when complete' | 'never'
}

const HOLDS: Comparison = { problem: null, certain: 'always' }

function compare(
  history: History,
  read: SessionReadWithTried,
  question: string,
  answer: ToldAnswer | undefined,
): Comparison {
  const { floor, tried } = read
  const acknowledged = floor.get(question)
  const version = answer?.version ?? null
  if (version === null && acknowledged !== undefined && read.chosen.has(question)) {
    return compareByChoice(read, question, answer?.value ?? null, acknowledged)
  }
  if (answer === undefined || version === null) {
    if (answer !== undefined && answer.value !== null) return compareUnversioned(history, read, question, answer.value)
    if (acknowledged === undefined) return HOLDS
    return { problem: `no answer, version ${acknowledged} was acknowledged`, certain: 'always' }
  }
  if (acknowledged !== undefined && version < acknowledged) {
    return { problem: `version ${version}, version ${acknowledged} was acknowledged`, certain: 'always' }
  }
  const record = tried.get(question)
  const found = record === undefined ? undefined : findVersion(record, version)
  if (record === undefined || found === undefined)
    return { problem: `version ${version}, never sent`, certain: 'when complete' }
  if (version !== acknowledged && allFailed(found)) {
    return { problem: `version ${version}, which was refused`, certain: 'when complete' }
  }
  if (possibleValues(record, found).includes(answer.value)) return HOLDS
  return {
    problem: `version ${version} with value ${answer.value}, sent with value ${found.value}`,
    certain: 'when complete',
  }
}

/**
 * A choice that is shown without a version, of an answer that was never acknowledged, or was with one. Which attempt it is
 * nobody can tell; that none chose it can be told. Where nobody is ever told a version, and nothing of that answer was
 * acknowledged, any attempt that may have arrived will do.
 */
function compareUnversioned(
  history: History,
  { floor, tried }: SessionReadWithTried,
  question: string,
  shown: number,
): Comparison {
  const chose = tried.get(question)?.versions.filter(({ value }) => value === shown) ?? []
  if (chose.length === 0) return { problem: `the choice ${shown}, never sent`, certain: 'when complete' }
  if (chose.every(allFailed)) return { problem: `the choice ${shown}, which was refused`, certain: 'when complete' }
  if (!floor.has(question) && tellsNoVersions(history)) return HOLDS
  return { problem: 'an answer without a version', certain: 'never' }
}

/** Whether saves were acknowledged without a version, and no reply to anybody told one. */
const tellsNoVersions = oncePer((history: History): boolean => {
  let isSeen = false
  for (const { outcome, told } of history.operations()) {
    if (told?.kind === 'answer') {
      if (told.version !== null) return false
      isSeen ||= outcome === 'ok'
    } else if (told !== undefined && 'answers' in told) {
      if (told.answers.some(({ version }) => version !== null)) return false
    }
  }
  return isSeen
})

/** Where no versions are told: what is shown was chosen by the acknowledged version, or by a newer one that may stand. */
function compareByChoice(
  { chosen, tried }: SessionReadWithTried,
  question: string,
  shown: number | null,
  acknowledged: number,
): Comparison {
  const record = tried.get(question)
  const newer = record?.versions.filter((one) => one.version >= acknowledged && !allFailed(one)) ?? []
  // Of one that only marked, the choice that was there.
  if (record !== undefined && newer.some((one) => possibleValues(record, one).includes(shown))) return HOLDS
  const promised = `${chosen.get(question) ?? 'none'} (version ${acknowledged}) was acknowledged`
  return { problem: `the choice ${shown ?? 'none'}, ${promised}`, certain: 'when complete' }
}

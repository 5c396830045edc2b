import type { OutsideDay } from '../fixtures/rehearse-outside.ts'
import type { RunExternal } from '../helpers/config/external.ts'

/** Log-in, start, session, paper, submit. */
const REQUESTS_OF_EVERYBODY = 5

/** What a rehearsal would do on a platform outside, a line each. Nothing is sent to find out. */
export function describeOutside(
  { url, databaseVariable, candidatesFile, others, stopErrorRate, faults }: RunExternal,
  suite: string,
  { plan, list, schedule }: OutsideDay,
): readonly string[] {
  const { candidates } = plan
  const actions = candidates.reduce(
    (sum, one) =>
      sum +
      one.actions.reduce((own, action) => own + (action.kind === 'answer' && action.together !== undefined ? 2 : 1), 0),
    0,
  )
  const extra = candidates.reduce(
    (sum, one) =>
      sum +
      (one.doubleSubmit === 'no' ? 0 : 2) +
      (one.review ? 2 : 0) +
      (one.answersAfterSubmit ? 1 : 0) +
      (one.answerBesideSubmit === undefined ? 0 : 2) +
      (one.doubleStart === undefined ? 0 : 1),
    0,
  )
  const warmUp = 2 * plan.profile.warmUp.candidates
  const requests = candidates.length * REQUESTS_OF_EVERYBODY + 2 * actions + extra + warmUp
  return [
    `phase   ${suite}`,
    `sends   to ${url}, at most ${requests} requests, retries apart, of ${candidates.length} candidates, each one thing at a time but for what leaves together`,
    ...plan.words.map((line) => `        ${line}`),
    `who     ${candidatesFile === undefined ? 'exam and candidates are registered by enrol of the platform' : `exam ${list?.exam.id}, of ${candidatesFile}`}`,
    `makes   up to ${candidates.length} sessions with up to ${plan.profile.questions} answers each; they are listed in created.ndjson`,
    'marks   every request, by an X-Request-ID that begins with rehearsal-',
    `reads   ${databaseVariable === undefined ? 'no database' : `the database of ${databaseVariable}, and never writes to it`}`,
    `others  ${others === 'none' ? 'nobody else may be in an exam there' : 'others may be in an exam there'}`,
    ...(schedule === undefined
      ? ['breaks  nothing']
      : (faults?.kinds ?? []).map(
          ({ name, inject, heal }) => `breaks  ${name}: ${inject.join(' ')}; then ${heal.join(' ')}`,
        )),
    `stops   when more than ${(stopErrorRate * 100).toFixed(0)} % of the requests of 10 s fail, or by Ctrl-C`,
  ]
}

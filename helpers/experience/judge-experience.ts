import type { FaultWindow } from '../checkers/checker.ts'
import type { Capabilities, Capability } from '../platform/capabilities.ts'
import type { ExamPlatform } from '../platform/exam-platform.ts'
import { notJudged } from '../platform/not-judged.ts'
import type { Validity, Verdict, Violation } from '../verdict.ts'
import { problemsOfRefusal } from './clear-refusal.ts'
import type { LookMoment, Moment, StepMoment, StuckMoment } from './moments.ts'

/** A candidate's timer never gains or loses more than this. */
const TIMER_TOLERANCE_MS = 2_000
/**
 * In vain for so long without a fault that explains it: the platform has left somebody alone. A guest gives up after 15 s
 * at the earliest, so what it waited beside a fault and its recovery may be a third of it.
 */
const LEFT_ALONE_MS = 10_000
/** Still trying when the load ended: shorter than this says nothing, longer might have become a violation. */
const CUT_OFF_MS = 3_000
const SHOWN = 3
/** Guests log in so often and no oftener: a limit that nobody has lowered for them may lie above that. */
const LIMIT_OF_LOG_INS = 'too many log-ins'

type Check = Pick<Verdict, 'id' | 'title' | 'gate'>

const RESUME: Check = {
  id: 'resume',
  title: 'Whoever reloads, changes the device or comes back after a restart finds the exam as it was left',
  gate: 'no-corrupted-sessions',
}
const LOGOUT: Check = {
  id: 'logout-keeps-session',
  title: 'Logging out ends the log-in and nothing else: the exam is there after the next log-in',
  gate: 'no-corrupted-sessions',
}
const TIMER: Check = {
  id: 'timer',
  title: 'No timer gains or loses more than 2 s, whatever the clock of the candidate says and whoever restarts',
  gate: 'no-corrupted-sessions',
}
export const TOKENS: Check = {
  id: 'token-renewal',
  title: 'Tokens are renewed within the exam, a lost renewal logs nobody out, and a stolen token ends its family',
  gate: 'graceful-failure',
}
export const CLOCKS: Check = {
  id: 'server-decides-time',
  title: 'The clock of the server decides what is in time, never that of a candidate',
  gate: 'no-corrupted-sessions',
}
const LIMIT_NOT_REACHED =
  'the limit of log-ins was not reached, and the platform has no environment to lower it; all other refusals were clear'
const ERRORS: Check = {
  id: 'clear-errors',
  title: 'Every refusal says what is wrong, to whom to turn with which request id, and when to try again',
  gate: 'graceful-failure',
}

const STUCK: Check = {
  id: 'nobody-stuck',
  title: 'Whoever logs in, starts, answers and hands in gets on with it: nobody is left standing',
  gate: 'graceful-failure',
}

/** The steps that each story must have come to. */
export const STEPS = {
  // Judged by what is found, below.
  resume: [],
  tokens: [
    'ask with a token whose time is over',
    'renew the tokens',
    'carry on with the renewed token',
    'renew again with the old token after a lost answer',
    'carry on with the token of the second renewal',
    'use the old token once more after the grace',
    'use the newest token of that family',
  ],
  'log-out': ['log out', 'renew after the log-out', 'log in again', 'answer after the log-in'],
  clocks: [
    'answer with a clock 10 min fast',
    'answer with a clock 10 min slow',
    'answer in time with a clock 10 min slow',
    'answer after the expiry with a clock 10 min slow',
  ],
  errors: [
    'wrong password',
    'no token',
    'unreadable token',
    'body that is no JSON',
    'field missing',
    'body too large',
    'address that does not exist',
    'session that does not exist',
    'session of somebody else',
    'review before handing in',
    'same key, other request',
    'answer after handing in',
    LIMIT_OF_LOG_INS,
  ],
  // Those of every story that any candidate takes.
  any: ['log in', 'start', 'answer', 'answer on two devices at once', 'hand in'],
} as const

/** Steps that nobody can take on a platform without this; guests leave them out. */
const STEPS_THAT_NEED: Readonly<Record<string, Capability>> = {
  'renew after the log-out': 'tokenRefresh',
  'review before handing in': 'review',
  'same key, other request': 'idempotentCreate',
  'answer on two devices at once': 'answerVersions',
}

/** Whether a step can be taken on a platform. */
export function isPossible(what: string, capabilities: Capabilities): boolean {
  const needed = STEPS_THAT_NEED[what]
  return needed === undefined || capabilities[needed]
}

/**
 * Judge what guests were told. Pure. What a story did not come to is unknown, whatever else went well.
 *
 * @param restarts when the backend was away; the timer must have been looked at before and after
 * @param trouble when a fault was there, or its recovery not complete; `toUs` null: to the end. It may explain that a
 *   guest did not get on, which is unknown then
 * @param platform how it refuses, and what it lacks: steps that need that are not missing; without `environment` nobody could
 *   lower its limit of log-ins, and that it was not reached is no gap of the rehearsal
 */
export function judgeExperience(
  moments: readonly Moment[],
  restarts: readonly FaultWindow[],
  trouble: readonly FaultWindow[],
  platform: Pick<ExamPlatform, 'refusals' | 'capabilities' | 'environment'>,
): readonly Verdict[] {
  const { capabilities } = platform
  return [
    judgeResume(moments, restarts, capabilities),
    judgeTimer(moments, restarts),
    judgeStory(TOKENS, moments, 'tokens', capabilities),
    judgeLogout(moments, capabilities),
    judgeStory(CLOCKS, moments, 'clocks', capabilities),
    judgeErrors(moments, platform),
    judgeStuck(moments, trouble, capabilities),
  ]
}

function judgeResume(
  moments: readonly Moment[],
  restarts: readonly FaultWindow[],
  capabilities: Capabilities,
): Verdict {
  const looks = looksOf(moments)
  const back = looks.filter(({ occasion }) => ['reload', 'second-device', 'restart'].includes(occasion))
  const missing = (['reload', 'second-device', 'restart'] as const).filter(
    (occasion) => !back.some((look) => look.occasion === occasion && look.known.answers.length > 0),
  )
  const early = back.filter(
    ({ occasion, sentUs }) => occasion === 'restart' && !restarts.some(({ toUs }) => toUs !== null && sentUs >= toUs),
  )
  const gaps = [
    ...missing.map((occasion) => `nobody came back by ${occasion} to an exam with an answer in it`),
    ...(early.length > 0 ? ['a look meant for after the restart came before it'] : []),
  ]
  const story = judgeStory(RESUME, moments, 'resume', capabilities)
  return conclude(RESUME, [...back.flatMap((look) => [...problemsOfLook(look, capabilities)]), ...story.found], gaps, {
    looks: back.length,
  })
}

function judgeLogout(moments: readonly Moment[], capabilities: Capabilities): Verdict {
  const looks = looksOf(moments).filter(({ occasion }) => occasion === 'log-out')
  const story = judgeStory(LOGOUT, moments, 'log-out', capabilities)
  const gaps = looks.some(({ known }) => known.answers.length > 0)
    ? []
    : ['nobody logged out of an exam with an answer in it']
  const found = looks.flatMap((look) => [...problemsOfLook(look, capabilities)])
  return conclude(LOGOUT, [...found, ...story.found], [...story.gaps, ...gaps], {
    ...story.counts,
    looks: looks.length,
  })
}

/** What a guest found that is not what was left. */
function* problemsOfLook(look: LookMoment, { answerVersions }: Capabilities): Generator<Problem> {
  const { known, session, status, answers, occasion } = look
  const when = `after ${occasion}`
  if (session !== known.session) yield about(look, `${when} it was another session: ${session}, not ${known.session}`)
  if (status !== 'ACTIVE') yield about(look, `${when} the session was ${status}`)
  const paper = answers.map(({ question }) => question)
  const isOtherPaper = known.listsAnswered
    ? paper.some((question) => !known.paper.includes(question))
    : paper.join() !== known.paper.join()
  if (isOtherPaper) yield about(look, `${when} the paper was another one`)
  for (const { question, version, value } of known.answers) {
    const found = answers.find((answer) => answer.question === question)
    // Who tells versions with an acknowledgement need not do so when the answers are read: the choice is there.
    const isOther = answerVersions && found?.version !== null && found?.version !== version
    if (found === undefined || isOther || found.value !== value) {
      const instead = found === undefined ? 'nothing' : `${found.value} (version ${found.version})`
      yield about(
        look,
        `${when} the answer to ${question} was ${instead}; acknowledged was ${value} (version ${version})`,
      )
    }
  }
}

/** Elapsed time and the fall of the time left must agree, over every pair of looks that follow each other. */
function judgeTimer(moments: readonly Moment[], restarts: readonly FaultWindow[]): Verdict {
  const byCandidate = Map.groupBy(looksOf(moments), ({ candidate }) => candidate)
  const found: Problem[] = []
  let pairs = 0
  let worstMs = 0
  for (const looks of byCandidate.values()) {
    const [first, ...later] = looks.toSorted((one, other) => one.sentUs - other.sentUs)
    if (first === undefined) continue
    for (const look of later) {
      if (look.status !== 'ACTIVE' || first.status !== 'ACTIVE') continue
      pairs++
      const fellMs = (first.remainingSeconds - look.remainingSeconds) * 1_000
      // The server looked at its clock at some moment of either request.
      const leastMs = (look.sentUs - first.completedUs) / 1_000
      const mostMs = (look.completedUs - first.sentUs) / 1_000
      const offMs = Number.isFinite(fellMs) ? Math.max(0, leastMs - fellMs, fellMs - mostMs) : Infinity
      worstMs = Math.max(worstMs, offMs)
      if (offMs <= TIMER_TOLERANCE_MS) continue
      const way = fellMs < leastMs ? 'gained' : 'lost'
      found.push(
        about(look, `the timer ${way} ${(offMs / 1_000).toFixed(1)} s within ${(mostMs / 1_000).toFixed(1)} s`),
      )
    }
  }
  const acrossRestart = restarts.some(({ fromUs, toUs }) =>
    [...byCandidate.values()].some(
      (looks) =>
        looks.some(({ completedUs }) => completedUs < fromUs) &&
        looks.some(({ sentUs }) => toUs !== null && sentUs > toUs),
    ),
  )
  const offs = new Set(looksOf(moments).map(({ clockOffMs }) => Math.sign(clockOffMs)))
  const gaps = [
    ...(acrossRestart ? [] : ['nobody looked at the timer before and after a restart']),
    ...(offs.has(1) && offs.has(-1)
      ? []
      : ['nobody with a fast clock, or nobody with a slow one, looked at the timer']),
  ]
  const figure = { label: 'timer gained or lost', measured: pairs === 0 ? null : worstMs, limit: TIMER_TOLERANCE_MS }
  return conclude(TIMER, found, gaps, { pairs }, [{ ...figure, unit: 'ms', bad: 'above' }])
}

function judgeErrors(
  moments: readonly Moment[],
  { refusals, capabilities, environment }: Pick<ExamPlatform, 'refusals' | 'capabilities' | 'environment'>,
): Verdict {
  const promise = { envelope: refusals.envelope, repeatsRequestId: capabilities.requestLogs }
  const refused = stepsOf(moments).flatMap((step) => (step.refusal === null ? [] : [{ step, refusal: step.refusal }]))
  const unclear = refused.flatMap(({ step, refusal }) =>
    problemsOfRefusal(refusal, step.requestId, promise).map((problem) =>
      about(step, `${step.what}: ${refusal.status} ${problem}`),
    ),
  )
  const story = judgeStory(ERRORS, moments, 'errors', capabilities)
  const statuses = new Set(refused.map(({ refusal }) => refusal.status))
  const verdict = conclude(ERRORS, [...unclear, ...story.found], story.gaps, {
    refusals: refused.length,
    kinds: new Set(refused.map(({ step }) => step.code)).size,
    ...Object.fromEntries([...statuses].sort().map((status) => [`status ${status}`, countOf(refused, status)])),
  })
  const isOnlyTheLimit = verdict.valid === 'unknown' && story.gaps.join() === notTested(LIMIT_OF_LOG_INS)
  return isOnlyTheLimit && environment === undefined ? notJudged(ERRORS, LIMIT_NOT_REACHED) : verdict
}

/**
 * Steps that any candidate takes were answered as promised, and no guest had to give up. What a fault explains is unknown;
 * an end of the load that came soon is none of the platform's business.
 */
function judgeStuck(moments: readonly Moment[], trouble: readonly FaultWindow[], capabilities: Capabilities): Verdict {
  const steps = stepsOf(moments).filter(
    ({ story, status, expected }) => story === 'any' && status !== null && expected !== null,
  )
  const found: Problem[] = []
  const gaps: string[] = STEPS.any
    .filter((what) => isPossible(what, capabilities) && !steps.some((step) => step.what === what && isExpected(step)))
    .map(notTested)
  const blame = (moment: StepMoment | StuckMoment, text: string): void => {
    const { name } = trouble.find((window) => overlapUs(moment, window) !== null) ?? {}
    if (name === undefined) found.push(about(moment, text))
    else gaps.push(`${moment.candidate}: ${text} (request ${moment.requestId}), which ${name} may explain`)
  }
  for (const step of steps) if (!isExpected(step)) blame(step, unexpected(step))
  const stuck = moments.filter((moment) => moment.kind === 'stuck')
  for (const one of stuck) {
    const { what, cause, seen, tries, candidate, requestId } = one
    if (cause === 'answer') {
      // Answered otherwise than promised, it is among the steps already.
      if (!steps.some((step) => step.requestId === requestId && !isExpected(step)))
        blame(one, `${what} was answered ${seen} in the end (tries: ${tries}), and nobody could go on with that`)
      continue
    }
    const aloneMs = unexplainedMs(one, trouble)
    const inVain = `${what} was tried ${tries} times in vain over ${((one.completedUs - one.sinceUs) / 1_000_000).toFixed(1)} s, ${(aloneMs / 1_000).toFixed(1)} s of them beside any fault; the last was answered ${seen}`
    if (cause === 'load-over') {
      if (aloneMs >= CUT_OFF_MS) gaps.push(`${candidate}: ${inVain} (request ${requestId}), until the load was over`)
    } else if (aloneMs >= LEFT_ALONE_MS) found.push(about(one, inVain))
    else gaps.push(`${candidate}: ${inVain} (request ${requestId})`)
  }
  return conclude(STUCK, found, gaps, { steps: steps.length, stuck: stuck.length })
}

/** How much of a window falls on something, µs; null: nothing. */
function overlapUs(
  { sentUs, completedUs }: Pick<Moment, 'sentUs' | 'completedUs'>,
  { fromUs, toUs }: FaultWindow,
): readonly [number, number] | null {
  const from = Math.max(sentUs, fromUs)
  const to = Math.min(completedUs, toUs ?? Number.POSITIVE_INFINITY)
  return from <= to ? [from, to] : null
}

/** So much of the time in vain fell beside every fault, ms. */
function unexplainedMs({ sinceUs, completedUs }: StuckMoment, trouble: readonly FaultWindow[]): number {
  const covered = trouble
    .flatMap((window) => {
      const overlap = overlapUs({ sentUs: sinceUs, completedUs }, window)
      return overlap === null ? [] : [overlap]
    })
    .toSorted(([one], [other]) => one - other)
  let aloneUs = 0
  let atUs = sinceUs
  for (const [fromUs, toUs] of covered) {
    aloneUs += Math.max(0, fromUs - atUs)
    atUs = Math.max(atUs, toUs)
  }
  return (aloneUs + Math.max(0, completedUs - atUs)) / 1_000
}

function notTested(what: string): string {
  return `not tested: ${what}`
}

function countOf(refused: readonly { readonly refusal: { readonly status: number } }[], status: number): number {
  return refused.filter(({ refusal }) => refusal.status === status).length
}

interface Problem {
  readonly text: string
  readonly candidate: string
  readonly requestId: string
}

function about({ candidate, requestId }: Moment, text: string): Problem {
  return { text: `${candidate}: ${text}`, candidate, requestId }
}

/** Every step of a story was played and answered as promised. */
function judgeStory(
  check: Check,
  moments: readonly Moment[],
  story: keyof typeof STEPS,
  capabilities: Capabilities,
): Verdict & { readonly found: readonly Problem[]; readonly gaps: readonly string[] } {
  const steps = stepsOf(moments).filter((step) => step.story === story)
  const found: Problem[] = []
  const answered = steps.filter(({ status }) => status !== null)
  const wanted: readonly string[] = STEPS[story]
  const gaps = wanted
    .filter((what) => isPossible(what, capabilities) && !answered.some((step) => step.what === what))
    .map(notTested)
  for (const step of answered) {
    if (step.expected === null || isExpected(step)) continue
    found.push(about(step, unexpected(step)))
  }
  return { ...conclude(check, found, gaps, { steps: steps.length }), found, gaps }
}

/** Which 2xx a success has, or that it is a redirect, is the platform's own affair, as long as its adapter reads it as one; a refusal is exact. */
function isExpected({ expected, status, code, unreadable, accepted }: StepMoment): boolean {
  if (expected === null || status === null || unreadable !== undefined) return false
  const isSame = isSuccess(expected.status) ? isSuccess(status) || accepted === true : status === expected.status
  return isSame && (expected.code === undefined || expected.code === code)
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

function unexpected({ what, expected, status, code, unreadable }: StepMoment): string {
  const seen = [status, code, unreadable].filter((word) => word !== null && word !== undefined).join(' ')
  return `${what} was answered ${seen}, promised ${[expected?.status, expected?.code].filter(Boolean).join(' ')}`
}

function stepsOf(moments: readonly Moment[]): readonly StepMoment[] {
  return moments.filter((moment) => moment.kind === 'step')
}

function looksOf(moments: readonly Moment[]): readonly LookMoment[] {
  return moments.filter((moment) => moment.kind === 'look')
}

function conclude(
  check: Check,
  found: readonly Problem[],
  gaps: readonly string[],
  counts: Readonly<Record<string, number>>,
  figures?: Verdict['figures'],
): Verdict {
  const valid: Validity = found.length > 0 ? false : gaps.length > 0 ? 'unknown' : true
  const affected = [...new Set(found.map(({ candidate }) => candidate))].sort()
  const examples = found.slice(0, SHOWN).map(
    ({ text, candidate, requestId }): Violation => ({
      summary: text,
      candidate,
      operations: [],
      rows: [],
      requestIds: [requestId],
    }),
  )
  const { id, title, gate } = check
  return {
    id,
    title,
    gate,
    valid,
    counts,
    violations: found.length,
    examples,
    ...(figures === undefined ? {} : { figures }),
    ...(affected.length === 0 ? {} : { affected }),
    ...(valid === true ? {} : { reason: [...found.slice(0, SHOWN).map(({ text }) => text), ...gaps].join('; ') }),
  }
}

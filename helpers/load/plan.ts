import { createHash } from 'node:crypto'
import { RehearsalError } from '../errors.ts'
import { type Random, seededRandom } from '../random.ts'
import { type Behaviours, type Cohort, describeCohort } from './behaviours.ts'
import { arrivalTimes } from './executors/arrival-times.ts'
import type { Profile } from './profile.ts'
import { describeThinkTime, drawThinkMs } from './think-time.ts'
import { validateProfile } from './validate-profile.ts'

/** Faults may cost the other half: what is needed of that which the plan can only hope for. */
const NEEDED_OF_PLANNED = 0.5

/** Whoever goes on with another device has done something on the first. */
const DEVICE_CHANGES_AFTER = 2

/** Choices of a question: `selected_index` is 0..4. */
const LAST_CHOICE = 4

/** When the parts of the day happen, milliseconds after its start. `end` is the latest: who is done earlier is done. */
export interface Timeline {
  readonly warmUpMs: number
  readonly arrivalsMs: number
  readonly barrierMs: number
  /** The last candidate that does not wait for the barrier arrives before this. */
  readonly arrivalsEndMs: number
  /** Answering goes on until here; then the submits come. */
  readonly steadyEndMs: number
  /** The last planned submit. */
  readonly deadlineMs: number
  /** Nobody is waited for after this. */
  readonly endMs: number
}

export interface PlannedAnswer {
  readonly position: number
  readonly value: number
}

/** One thing a candidate does after thinking for `thinkMs`. Positions count from 0. */
export type PlannedAction = { readonly thinkMs: number } & (
  | {
      readonly kind: 'answer'
      readonly position: number
      readonly value: number
      /** The next question is answered in the same moment, before the answer to this one is acknowledged. */
      readonly together?: PlannedAnswer
    }
  | {
      readonly kind: 'revise'
      readonly position: number
      /** null clears the answer. */
      readonly value: number | null
      /**
       * An older event of the same question reaches the backend after this one was acknowledged. `resend`: the event
       * before, once more. `delayed`: an older event that had never left the candidate's outbox, choosing `lateValue`.
       */
      readonly late?: 'resend' | 'delayed'
      readonly lateValue?: number
    }
  | { readonly kind: 'mark'; readonly position: number }
  | { readonly kind: 'resume' }
  /** Log in on another device and go on there. */
  | { readonly kind: 'change-device' }
)

/** The whole day of one candidate. Times are milliseconds after the start of the day. */
export interface CandidatePlan {
  readonly candidate: string
  readonly arriveMs: number
  readonly startsAtBarrier: boolean
  /** In order, and enough to fill the time; how many fit depends on how fast the backend answers. */
  readonly actions: readonly PlannedAction[]
  /** Actions that fit if getting in takes `startWithinMs` and each reply takes the SLO. Fewer is load not offered. */
  readonly dueActions: number
  /** No action starts after this. */
  readonly leaveMs: number
  /** null: vanishes and is closed by the sweeper. */
  readonly submitMs: number | null
  readonly doubleSubmit: 'no' | 'same-key' | 'other-key'
  /** Its start is sent twice at the same moment; absent: once. */
  readonly doubleStart?: 'same-key' | 'other-key'
  /** Leaves together with its submit; absent: nothing does. */
  readonly answerBesideSubmit?: PlannedAnswer
  /** Saves one more answer after its submit was acknowledged. */
  readonly answersAfterSubmit: boolean
  readonly review: boolean
  /** Name of its cohort, and what that does differently; absent: it is in none. */
  readonly cohort?: string
  readonly behaviours?: Behaviours
  /** Its session is so much shorter than the longest that is granted, seconds; absent: it is not. */
  readonly shorterBySeconds?: number
}

/** An exam day, fully drawn from the seed before anything is sent. Serialisable. */
export interface ExamDayPlan {
  readonly profile: Profile
  readonly seed: number
  readonly timeline: Timeline
  readonly candidates: readonly CandidatePlan[]
  /** Duration to ask for, seconds, by whoever is granted most: no session expires before the deadline plus `expiryMarginMs`. */
  readonly sessionSeconds: number
  /** SHA-256 over everything that was drawn; the same for the same profile and seed on any machine at any time. */
  readonly planHash: string
  /** The plan for people, one line a step. */
  readonly words: readonly string[]
}

/**
 * Draw an exam day from a seed.
 *
 * Every candidate has streams of its own (P19), and shares are dealt out exactly rather than tossed per candidate, so
 * that a profile with 10 % double submits has 10 % of them and never none.
 *
 * @param exam.candidates who sits the exam; the first `profile.candidates` are used. Their ids name them in the plan
 *   but are not part of its hash
 * @throws CONFIG_INVALID with every problem of the profile at once, or when candidates are missing
 */
export function planExamDay(
  profile: Profile,
  seed: number,
  exam: { readonly candidates: readonly { readonly id: string }[] },
): ExamDayPlan {
  refuseUnusable(profile, exam.candidates.length)
  const timeline = drawTimeline(profile)
  const count = profile.candidates
  const cohortOf = dealCohorts(profile, seed)
  const mostExtraMs = extraTimeOf(profile)
  const deal = (share: number, purpose: string, among: readonly number[] = indices(count)): Set<number> =>
    new Set(seededRandom(seed, 'deal', purpose).shuffle(among).slice(0, dealt(share, count)))

  const atBarrier = deal(profile.startsAtBarrier, 'barrier')
  const vanishing = deal(profile.vanish, 'vanish')
  const submitting = indices(count).filter((index) => !vanishing.has(index))
  // Two ways of handing in at the same moment would be one too many.
  const handingInOnce = submitting.filter((index) => cohortOf(index)?.behaviours.submitClicks === undefined)
  const doubling = deal(profile.doubleSubmits, 'double-submit', handingInOnce)
  const handingInBesideNothing = handingInOnce.filter((index) => !doubling.has(index))
  const answeringBeside = deal(profile.answersBesideSubmit, 'answer-beside-submit', handingInBesideNothing)
  const startingTwice = [...deal(profile.doubleStarts, 'double-start')]
  const resuming = deal(profile.resumeReads, 'resume')
  const late = deal(profile.lateRetries, 'late-retry')
  const answeringLate = deal(profile.answersAfterSubmit, 'answer-after-submit', submitting)
  const reviewing = deal(profile.reviews, 'review', submitting)

  const comesMs = drawArrivals(profile, timeline, atBarrier)
  const candidates = exam.candidates.slice(0, count).map(({ id }, index): CandidatePlan => {
    const when = seededRandom(seed, 'candidate', index, 'when')
    const startsAtBarrier = atBarrier.has(index)
    const arriveMs = comesMs(index, when)
    const vanishes = vanishing.has(index)
    const cohort = cohortOf(index)
    const { extraTimeMs = 0, thinkTime = profile.thinkTime, secondDevice = false } = cohort?.behaviours ?? {}
    const submitMs = vanishes ? null : when.uniform(timeline.steadyEndMs, timeline.deadlineMs) + extraTimeMs
    const inMs = startsAtBarrier ? timeline.barrierMs : arriveMs
    const answersFromMs = inMs + profile.startWithinMs
    const leaveMs = vanishes
      ? when.uniform((answersFromMs + timeline.steadyEndMs) / 2, timeline.steadyEndMs)
      : timeline.steadyEndMs + extraTimeMs
    const actions = drawActions({ ...profile, thinkTime }, leaveMs - inMs, seed, index, {
      resumes: resuming.has(index),
      late: late.has(index),
      changesDevice: secondDevice,
    })
    return {
      candidate: id,
      arriveMs: round(arriveMs),
      startsAtBarrier,
      actions,
      dueActions: countDue(actions, leaveMs - answersFromMs, profile.thresholds.p95Ms),
      leaveMs: round(leaveMs),
      submitMs: submitMs === null ? null : round(submitMs),
      doubleSubmit: doubling.has(index) ? (when.chance(0.5) ? 'same-key' : 'other-key') : 'no',
      ...(startingTwice.includes(index)
        ? { doubleStart: startingTwice.indexOf(index) % 2 === 0 ? ('other-key' as const) : ('same-key' as const) }
        : {}),
      ...(answeringBeside.has(index) ? { answerBesideSubmit: drawAnswer(profile, when) } : {}),
      answersAfterSubmit: answeringLate.has(index),
      review: reviewing.has(index),
      ...(cohort === undefined ? {} : { cohort: cohort.name, behaviours: cohort.behaviours }),
      ...(extraTimeMs < mostExtraMs ? { shorterBySeconds: Math.floor((mostExtraMs - extraTimeMs) / 1_000) } : {}),
    }
  })

  return {
    profile,
    seed,
    timeline,
    candidates,
    sessionSeconds: Math.ceil(
      (timeline.deadlineMs - timeline.barrierMs + mostExtraMs + profile.expiryMarginMs) / 1_000,
    ),
    planHash: hashPlan(seed, timeline, candidates),
    words: describePlan(profile, timeline, candidates),
  }
}

/**
 * Least number of ok operations for a history of this plan to mean anything (C2). Keys are operations, operations of
 * a step, or what candidates are counted of. Everybody logs in, starts, gets the paper and submits; of everything else that
 * was planned {@link atLeast} so much is acknowledged. What is not planned has no key.
 */
export function minimumOkOf(plan: ExamDayPlan): Readonly<Record<string, number>> {
  const { candidates } = plan
  const everybody = candidates.length
  const submits = candidates.filter(({ submitMs }) => submitMs !== null).length
  const doubles = candidates.filter(({ doubleSubmit }) => doubleSubmit !== 'no').length
  const besides = candidates.filter(({ answerBesideSubmit }) => answerBesideSubmit !== undefined).length
  const reviews = candidates.filter(({ review }) => review).length
  const due = dueActionsOf(plan)
  const pairs = due.filter((action) => action.kind === 'answer' && action.together !== undefined).length
  const answers = due.filter(({ kind }) => kind !== 'resume' && kind !== 'change-device').length + pairs
  const resumes = due.filter(({ kind }) => kind === 'resume').length
  const demanded: Readonly<Record<string, number>> = {
    'candidates/login': everybody,
    'candidates/create-session': everybody,
    'candidates/read-session': everybody,
    'candidates/read-questions': everybody,
    'save-answer': atLeast(answers),
    submit: submits + atLeast(doubles),
    'submit-spike/current-session': atLeast(doubles + besides),
    'steady/current-session': atLeast(resumes),
    'steady/read-session': atLeast(resumes),
    'drain/review': atLeast(reviews),
    'drain/logout': atLeast(reviews),
  }
  return Object.fromEntries(Object.entries(demanded).filter(([, minimum]) => minimum > 0))
}

/** What candidates do on purpose that is no operation of its own. */
export const QUIRKS = [
  'lateRetries',
  'marks',
  'clears',
  'doubleStarts',
  'answersTogether',
  'answersBesideSubmit',
  'answersAfterSubmit',
  'submitRepeats',
  'autosaves',
  'deviceChanges',
  'refreshes',
] as const

export type Quirk = (typeof QUIRKS)[number]

/** How often each quirk is planned among the actions that are due; more may fit. */
export function plannedQuirksOf(plan: ExamDayPlan): Readonly<Record<Quirk, number>> {
  const due = dueActionsOf(plan)
  const repeatsOf = ({ submitMs, behaviours }: CandidatePlan): number =>
    submitMs === null ? 0 : (behaviours?.submitClicks ?? 1) - 1 + (behaviours?.submitsAgain === undefined ? 0 : 1)
  const saving = plan.candidates.filter(({ behaviours }) => behaviours?.autosaves === true)
  return {
    lateRetries: due.filter((action) => action.kind === 'revise' && action.late !== undefined).length,
    marks: due.filter(({ kind }) => kind === 'mark').length,
    clears: due.filter((action) => action.kind === 'revise' && action.value === null).length,
    doubleStarts: plan.candidates.filter(({ doubleStart }) => doubleStart !== undefined).length,
    answersTogether: due.filter((action) => action.kind === 'answer' && action.together !== undefined).length,
    answersBesideSubmit: plan.candidates.filter(({ answerBesideSubmit }) => answerBesideSubmit !== undefined).length,
    answersAfterSubmit: plan.candidates.filter(({ answersAfterSubmit }) => answersAfterSubmit).length,
    submitRepeats: plan.candidates.reduce((sum, candidate) => sum + repeatsOf(candidate), 0),
    autosaves: dueActionsOf({ ...plan, candidates: saving }).filter(({ kind }) => kind === 'answer').length,
    deviceChanges: due.filter(({ kind }) => kind === 'change-device').length,
    // How often depends on how long they wait for the doors; once is the least.
    refreshes: plan.candidates.filter(({ behaviours }) => behaviours?.refreshEveryMs !== undefined).length,
  }
}

/** Half of what was planned, and at least one if any was. */
export function atLeast(planned: number): number {
  return planned === 0 ? 0 : Math.max(1, Math.floor(planned * NEEDED_OF_PLANNED))
}

function dueActionsOf(plan: ExamDayPlan): readonly PlannedAction[] {
  return plan.candidates.flatMap(({ actions, dueActions }) => actions.slice(0, dueActions))
}

function refuseUnusable(profile: Profile, available: number): void {
  const problems = [...validateProfile(profile)]
  if (available < profile.candidates) {
    problems.push(`the exam has ${available} candidates, the profile needs ${profile.candidates}`)
  }
  if (problems.length === 0) return
  throw new RehearsalError('CONFIG_INVALID', {
    expected: `a usable profile "${profile.name}"`,
    seen: problems.join('; '),
    next: 'Correct these settings in rehearsal.config.ts, or choose another profile.',
  })
}

function drawTimeline(profile: Profile): Timeline {
  const arrivalsMs = profile.warmUp.ms
  const earlyMs = profile.arrivalsMs * profile.startsAtBarrier
  const barrierMs = arrivalsMs + earlyMs + profile.barrierAfterMs
  const arrivalsEndMs = barrierMs + profile.arrivalsMs - earlyMs
  const steadyEndMs = barrierMs + profile.steadyMs
  const deadlineMs = steadyEndMs + profile.submitSpreadMs
  return {
    warmUpMs: 0,
    arrivalsMs,
    barrierMs,
    arrivalsEndMs,
    steadyEndMs,
    deadlineMs,
    endMs: deadlineMs + extraTimeOf(profile) + profile.drainMs,
  }
}

/** When each candidate comes: those of the barrier before it, the others from the barrier on. */
function drawArrivals(
  { arrivalRate = 'drawn', barrierAfterMs, candidates }: Profile,
  timeline: Timeline,
  atBarrier: ReadonlySet<number>,
): (index: number, when: Random) => number {
  const early = { fromMs: timeline.arrivalsMs, toMs: timeline.barrierMs - barrierAfterMs }
  const late = { fromMs: timeline.barrierMs, toMs: timeline.arrivalsEndMs }
  if (arrivalRate === 'drawn') {
    return (index, when) => {
      const { fromMs, toMs } = atBarrier.has(index) ? early : late
      return when.uniform(fromMs, toMs)
    }
  }
  const evenly = ({ fromMs, toMs }: typeof early, count: number): readonly number[] => {
    const perSecond = (count / (toMs - fromMs)) * 1_000
    const rate = arrivalRate === 'constant' ? [perSecond, perSecond] : [0, 2 * perSecond]
    const [from = 0, to = 0] = rate
    return arrivalTimes({ from, stages: [{ to, forMs: toMs - fromMs }] }).map((atMs) => fromMs + atMs)
  }
  const earlyMs = evenly(early, atBarrier.size).values()
  const lateMs = evenly(late, candidates - atBarrier.size).values()
  const times = indices(candidates).map((index) => (atBarrier.has(index) ? earlyMs : lateMs).next().value as number)
  return (index) => times[index] as number
}

/** Cohorts are dealt out exactly, each from those that are in none yet. */
function dealCohorts({ cohorts = [], candidates }: Profile, seed: number): (index: number) => Cohort | undefined {
  const shuffled = seededRandom(seed, 'deal', 'cohorts').shuffle(indices(candidates))
  const cohortOf = new Map<number, Cohort>()
  for (const cohort of cohorts) {
    for (const index of shuffled.splice(0, dealt(cohort.weight, candidates))) cohortOf.set(index, cohort)
  }
  return (index) => cohortOf.get(index)
}

/** The most time that anybody is granted beside the others, milliseconds. */
function extraTimeOf({ cohorts = [] }: Profile): number {
  return Math.max(0, ...cohorts.map(({ behaviours }) => behaviours.extraTimeMs ?? 0))
}

interface Quirks {
  readonly changesDevice: boolean
  readonly resumes: boolean
  readonly late: boolean
}

function drawActions(
  profile: Profile,
  forMs: number,
  seed: number,
  index: number,
  quirks: Quirks,
): readonly PlannedAction[] {
  const random = seededRandom(seed, 'candidate', index, 'actions')
  const think = seededRandom(seed, 'candidate', index, 'think-time')
  const unanswered = random.shuffle(indices(profile.questions))
  const answered: number[] = []
  const actions: PlannedAction[] = []
  let spentMs = 0
  let lateOwed = quirks.late
  // Early enough that it happens even when the backend is slow.
  const resumeAt = quirks.resumes ? random.integer(1, 3) : -1
  let changesDevice = quirks.changesDevice

  while (true) {
    const thinkMs = round(drawThinkMs(profile.thinkTime, think))
    spentMs += thinkMs
    if (spentMs > forMs && actions.length > 0) return actions
    const position = answered.length === 0 ? undefined : random.pick(answered)

    if (actions.length === resumeAt) {
      actions.push({ thinkMs, kind: 'resume' })
    } else if (changesDevice && actions.length >= DEVICE_CHANGES_AFTER) {
      changesDevice = false
      actions.push({ thinkMs, kind: 'change-device' })
    } else if (position !== undefined && random.chance(profile.marks)) {
      actions.push({ thinkMs, kind: 'mark', position })
    } else if (
      position !== undefined &&
      (unanswered.length === 0 || (lateOwed && answered.length >= 2) || random.chance(profile.revisedAnswers))
    ) {
      const value = random.chance(profile.clearedAnswers) ? null : random.integer(0, LAST_CHOICE)
      const late = lateOwed
        ? { late: random.pick(['resend', 'delayed'] as const), lateValue: random.integer(0, LAST_CHOICE) }
        : {}
      lateOwed = false
      actions.push({ thinkMs, kind: 'revise', position, value, ...late })
    } else {
      const next = unanswered.pop() as number
      answered.push(next)
      const value = random.integer(0, LAST_CHOICE)
      // Asked of nobody where nobody does it: then the day is drawn as it was before anybody did.
      const isPair = profile.answersTogether > 0 && random.chance(profile.answersTogether)
      const other = isPair ? unanswered.pop() : undefined
      if (other === undefined) {
        actions.push({ thinkMs, kind: 'answer', position: next, value })
      } else {
        answered.push(other)
        const together = { position: other, value: random.integer(0, LAST_CHOICE) }
        actions.push({ thinkMs, kind: 'answer', position: next, value, together })
      }
    }
  }
}

function drawAnswer({ questions }: Profile, random: Random): PlannedAnswer {
  return { position: random.integer(0, questions - 1), value: random.integer(0, LAST_CHOICE) }
}

/** How many actions fit into `forMs` when every reply takes `replyMs`. */
function countDue(actions: readonly PlannedAction[], forMs: number, replyMs: number): number {
  let spentMs = 0
  let due = 0
  for (const { thinkMs } of actions) {
    spentMs += thinkMs
    if (spentMs > forMs) break
    due += 1
    spentMs += replyMs
  }
  return due
}

function hashPlan(seed: number, timeline: Timeline, candidates: readonly CandidatePlan[]): string {
  // Ids are left out: a fresh exam has fresh ones. Keys are in the order in which this file writes them.
  const drawn = candidates.map(({ candidate: _, ...rest }) => rest)
  return createHash('sha256')
    .update(JSON.stringify({ schema: 1, seed, timeline, candidates: drawn }))
    .digest('hex')
}

function describePlan(profile: Profile, timeline: Timeline, candidates: readonly CandidatePlan[]): readonly string[] {
  const early = candidates.filter(({ startsAtBarrier }) => startsAtBarrier).length
  const submits = candidates.filter(({ submitMs }) => submitMs !== null).length
  const doubles = candidates.filter(({ doubleSubmit }) => doubleSubmit !== 'no').length
  const due = candidates.reduce((sum, { dueActions }) => sum + dueActions, 0)
  const planned = candidates.reduce((sum, { actions }) => sum + actions.length, 0)
  const lateComers = candidates.length - early
  return [
    `warm-up: ${profile.warmUp.candidates} candidates log in and out during ${seconds(profile.warmUp.ms)}; not judged`,
    `arrivals (open): ${early} log-ins ${howArrivals(profile)} over ${seconds(timeline.barrierMs - profile.barrierAfterMs - timeline.arrivalsMs)}${
      lateComers > 0
        ? `, then ${lateComers} more that start at once, ${howArrivals(profile)} over ${seconds(timeline.arrivalsEndMs - timeline.barrierMs)}`
        : ''
    }`,
    `start-burst (barrier): ${early} candidates start at the same instant; all in within ${seconds(profile.startWithinMs)}`,
    `steady (partly-open): ${candidates.length} candidates for ${seconds(profile.steadyMs)}, think time ${describeThinkTime(profile.thinkTime)}; at least ${due} actions (${(due / (profile.steadyMs / 1_000)).toFixed(1)}/s), up to ${planned}`,
    `submit-spike (deadline-anchored): ${submits} submits in the last ${seconds(profile.submitSpreadMs)}, ${doubles} of them sent twice at the same moment; ${candidates.length - submits} never submit`,
    `drain: up to ${seconds(profile.drainMs)} for candidates to learn what became of their answers`,
    ...(profile.cohorts ?? []).map((cohort) => {
      const members = candidates.filter((candidate) => candidate.cohort === cohort.name).length
      return `cohort ${describeCohort(cohort, members)}`
    }),
  ]
}

function howArrivals({ arrivalRate = 'drawn' }: Profile): string {
  return { drawn: 'spread', constant: 'at a constant rate', ramping: 'at a rising rate' }[arrivalRate]
}

/** At least one when the share is above zero: a behaviour that a profile names must happen. */
function dealt(share: number, count: number): number {
  return share === 0 ? 0 : Math.max(1, Math.round(share * count))
}

function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** Whole microseconds: what is written down is what is scheduled. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`
}

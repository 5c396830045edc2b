import type { Clock } from '../clock.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Meter, StepName } from '../load/meter.ts'
import type { CandidatePlan, PlannedAction, PlannedAnswer } from '../load/plan.ts'
import type { Scheduler } from '../load/scheduler.ts'
import type { Capability } from '../platform/capabilities.ts'
import { seededRandom } from '../random.ts'
import { type Connection, openConnection } from './connection.ts'
import type { AnswerRequest, Credentials, ExamApi, SessionRequest, Tokens } from './exam-api.ts'
import { logInWith } from './log-in.ts'
import { type Device, type Performed, perform, type Wish } from './perform.ts'
import { type RetryPolicy, retriesOf } from './retry.ts'
import { overSlowNetwork } from './slow-link.ts'
import { createSlowness, isTimeUp } from './slowness.ts'
import { withWrongClock } from './wrong-clock.ts'

/** Everything one simulated candidate needs. */
export interface CandidateOptions {
  readonly plan: CandidatePlan
  /** Start of the day, µs since the run's epoch; times of the plan count from here. */
  readonly originUs: number
  readonly account: Credentials
  readonly exam: { readonly id: string; readonly paper: SessionRequest['paper'] }
  readonly api: ExamApi
  /** What the platform does not have; default: it has everything. */
  readonly lacks?: ReadonlySet<Capability>
  /** Asked for each new connection, because ports move. */
  readonly baseUrl: () => string
  /** Begins every request id; absent: the exam does. */
  readonly requestIdPrefix?: string
  readonly seed: number
  readonly retries: RetryPolicy
  readonly clientTimeoutMs: number
  /** A wish that takes longer has slowed the candidate; getting in may take `startWithinMs`. */
  readonly slowMs: number
  readonly startWithinMs: number
  readonly recorder: Recorder
  readonly meter: Meter
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Aborted: no further attempt. */
  readonly stop: AbortSignal
  /** Aborted: give up what is in flight. */
  readonly cut: AbortSignal
}

/** What stood in a candidate's way. µs since the run's epoch. */
export interface Hindrance {
  /** A try was refused, and no want of time explains why (`slowness.ts`). */
  readonly refused: boolean
  /**
   * Each try that failed was turned down because the exam is over: what kept it until then was earlier. Absent in days that
   * were stored before this was known.
   */
  readonly follows?: boolean
  /** When the first try that failed was due. */
  readonly fromUs: number
  /** When the last one was over. */
  readonly toUs: number
}

/** What became of one candidate, as far as the candidate itself knows. */
export interface CandidateOutcome {
  readonly candidate: string
  /** Its first request was sent. */
  readonly started: boolean
  /** How long after its planned arrival, or the end of its own warm-up, its first request left; null: it never did. */
  readonly arrivalLagMs: number | null
  /** It held a session and had its paper. False is "never started" in the words of the report. */
  readonly entered: boolean
  /** The session it was told. */
  readonly session?: string
  /** From when it should have got in (barrier or arrival) to its paper; null: never. */
  readonly inAfterMs: number | null
  /** What kept it from getting in, or from getting in sooner; null: nothing failed. */
  readonly entryHindered: Hindrance | null
  /** What kept it from handing in, or from handing in sooner; null: nothing failed, or it never tried. */
  readonly submitHindered: Hindrance | null
  /** Its submit was acknowledged. */
  readonly submitted: boolean
  /** It did everything that was planned: submitted with acknowledgement, or entered and vanished as planned. */
  readonly finished: boolean
  /** The end of the day or an abort came while something was still open. */
  readonly cutOff: boolean
  /** At least one wish took longer than the SLO, retries included. */
  readonly slowed: boolean
  /** At least one wish needed another try for more than an expired token, or failed, or it had to log in again. */
  readonly interrupted: boolean
  /** Answers and submits of which it never learned whether they count, after retries and reads (C18). */
  readonly unresolved: number
  /** An attempt found no socket on our own side: what it could not finish may be due to that. */
  readonly starved: boolean
  /** Older events that the backend answered after a newer one was acknowledged. */
  readonly lateRetries: number
  /** Marks without an answer that were acknowledged. */
  readonly marks: number
  /** Answers that were cleared, with acknowledgement. */
  readonly clears: number
  /** Starts that were sent twice at the same moment and came to a session. */
  readonly doubleStarts: number
  /** Pairs of answers that left together and were both acknowledged. */
  readonly answersTogether: number
  /** Answers that left together with the submit and were acknowledged or refused. */
  readonly answersBesideSubmit: number
  /** Answers after the acknowledged submit that were answered, which is to say refused. */
  readonly answersAfterSubmit: number
  /** Further submits, clicks or again after the first was acknowledged, that were acknowledged as well. */
  readonly submitRepeats: number
  /** Answers that were saved while the next question was read. */
  readonly autosaves: number
  /** Changes to another device on which the session was found again. */
  readonly deviceChanges: number
  /** Questions whether the doors are open that were answered. */
  readonly refreshes: number
  /** Of a submit that was sent twice at the same moment. */
  readonly doubleSubmit?: { readonly overlapped: boolean; readonly workers: readonly string[] }
}

/** One simulated candidate. It does one thing at a time, apart from what it is planned to do together. Nothing here ever rejects. */
export interface Candidate extends AsyncDisposable {
  /** Log in, and start at once when it does not wait for the barrier. */
  arrive(intendedUs: number): Promise<void>
  /** Whether it stands at the barrier. */
  isLoggedIn(): boolean
  /** Log in and out again before the day begins. */
  warmUp(intendedUs: number): Promise<void>
  /** Get session and paper; keeps trying until it would have left. */
  enter(intendedUs: number, sent?: (sentUs: number) => void): Promise<void>
  /** Resolves once it has got in, or never will. */
  entered(): Promise<boolean>
  /** Ask whether the exam may begin, as who reloads the page does. False: it is in, and need not ask any more. */
  refresh(intendedUs: number, step: StepName): Promise<boolean>
  /** Action number `index` of its plan. False: its session is closed, there is nothing more to do. */
  act(index: number, intendedUs: number): Promise<boolean>
  /** Open the second connection of a double submit, or of an answer beside it. */
  prepareSubmit(): Promise<void>
  submit(intendedUs: number): Promise<void>
  /** Find out what became of everything that is still open, look at the review, go home. */
  finish(): Promise<void>
  outcome(): CandidateOutcome
  readonly isAnswering: boolean
  /** As in its outcome, without making one: asked of everybody once a second. */
  readonly hasEntered: boolean
  readonly hasSubmitted: boolean
}

/** One answer as it leaves the candidate: made once, possibly sent several times. */
interface AnswerEvent extends AnswerRequest {
  /** Of its question. */
  readonly state: QuestionState
  /** Attempts so far. */
  attempts: number
  /** An attempt had no definite outcome. */
  hadInfo: boolean
  /** Leaves together with a submit: that it came too late is a right answer. */
  readonly mayBeTooLate?: boolean
}

interface QuestionState {
  version: number
  /** The newest acknowledged event. */
  acknowledged: AnswerEvent | undefined
}

/** Whoever clicks a button that seems to do nothing does so for this long (F17: 13 clicks). */
const CLICKS_WITHIN_MS = 5_000
/** Connections that a browser opens to one server over HTTP/1.1, the one of the page included. */
const BROWSER_CONNECTIONS = 6

/** Questions are read from position 1, all at once: a paper is small. */
const FIRST_POSITION = 1

/** What stands in the way once this was done, too. */
function hinderedBy(before: Hindrance | null, done: Performed<unknown>): Hindrance | null {
  const { outcome, disturbed, refused, intendedUs, completedUs } = done
  if (!refused && (outcome === 'ok' || !disturbed)) return before
  return {
    refused: refused || before?.refused === true,
    follows: isTimeUp(done.reason) && before?.follows !== false,
    fromUs: Math.min(intendedUs, before?.fromUs ?? intendedUs),
    toUs: Math.max(completedUs, before?.toUs ?? completedUs),
  }
}

export function createCandidate(options: CandidateOptions): Candidate {
  const { plan, account, api, clock, scheduler, stop, cut, seed, lacks = new Set() } = options
  const { candidate, behaviours = {}, shorterBySeconds = 0 } = plan
  const { paper: longest } = options.exam
  const exam = {
    ...options.exam,
    paper: { ...longest, durationSeconds: longest.durationSeconds - shorterBySeconds },
  }
  const retries = retriesOf(options.retries, behaviours)
  // Ids belong to this exam: the same seed on another exam must not repeat a key that the backend remembers.
  const ids = seededRandom(seed, exam.id, candidate, 'ids')
  const sessionKey = ids.uuid()
  const otherSessionKey = seededRandom(seed, exam.id, candidate, 'other-session-key').uuid()
  const submitKey = ids.uuid()
  const otherSubmitKey = ids.uuid()
  const idPrefix = `${options.requestIdPrefix ?? exam.id.slice(0, 8)}-${candidate}`
  const leaveUs = options.originUs + plan.leaveMs * 1_000

  let requests = 0
  let arrivalLagMs: number | null = null
  let tokens: Tokens | undefined
  let renewing: Promise<boolean> | undefined
  let session: string | undefined
  let paper: readonly string[] = []
  let inAfterMs: number | null = null
  let entryHindered: Hindrance | null = null
  let submitHindered: Hindrance | null = null
  /** Its log-in of the day is over, however it ended. */
  let hasArrived = false
  let hasStartedTwice = false
  let hasEntered = false
  let isAnswering = false
  let isClosed = false
  let submitted = false
  let submitAttempts = 0
  let submitOpen = false
  let slowed = false
  let interrupted = false
  let cutOff = false
  let ended = false
  let starved = false
  let lateRetries = 0
  let marks = 0
  let clears = 0
  let doubleStarts = 0
  let answersTogether = 0
  let answersBesideSubmit = 0
  let answersAfterSubmit = 0
  let submitRepeats = 0
  let autosaves = 0
  let deviceChanges = 0
  let refreshes = 0
  let doubleSubmit: CandidateOutcome['doubleSubmit']
  /** What is going on, and whatever waits for its turn behind it. */
  let busy: Promise<unknown> | undefined
  const questions = new Map<string, QuestionState>()
  const outbox: AnswerEvent[] = []
  const entering = Promise.withResolvers<boolean>()
  const arrived = Promise.withResolvers<void>()

  const nextRequestId = (): string => {
    requests += 1
    return `${idPrefix}-${requests}`
  }
  const onPerformed: Device['onPerformed'] = ({ f, step }, done) => {
    if (!hasEntered && step !== 'warm-up') entryHindered = hinderedBy(entryHindered, done)
    if (f === 'submit') submitHindered = hinderedBy(submitHindered, done)
    if (done.disturbed) interrupted = true
    if (done.starved) starved = true
    if (step !== 'start-burst' && done.completedUs - done.intendedUs > options.slowMs * 1_000) slowed = true
  }
  const connect = (): Connection => {
    const { networkDelayMs, clockOffMs } = behaviours
    const bare = openConnection({ baseUrl: options.baseUrl, onConnected: options.meter.connected })
    const clocked = clockOffMs === undefined ? bare : withWrongClock(bare, clockOffMs)
    return networkDelayMs === undefined
      ? clocked
      : overSlowNetwork(clocked, { delayMs: networkDelayMs, scheduler, cut })
  }
  const slowness = createSlowness()
  const devices: Device[] = []
  const openDevice = (name: string, policy = retries): Device => {
    const device: Device = {
      candidate,
      name,
      connection: connect(),
      recorder: options.recorder,
      meter: options.meter,
      clock,
      scheduler,
      random: seededRandom(seed, exam.id, candidate, name, 'retry'),
      retries: policy,
      slowness,
      timeoutMs: behaviours.timeoutMs ?? options.clientTimeoutMs,
      stop,
      cut,
      nextRequestId,
      renew: (step) => renewOn(device, step),
      onPerformed,
    }
    devices.push(device)
    return device
  }
  /** The device that the candidate sits at; another one after a change. */
  let main = openDevice('main')
  let saving: Device | undefined
  let aside: Device | undefined
  let reloading: Device | undefined
  let second: Device | undefined
  let seconds = 0
  let preparing = false

  const openSecond = (): Device => {
    seconds += 1
    // A name of its own: where the first is still getting ready, a second under its name would seem to overlap itself.
    const name = plan.doubleSubmit === 'no' ? 'last-answer' : 'double-submit'
    return openDevice(seconds === 1 ? name : `${name}-${seconds}`)
  }

  /** One that is still busy getting ready would make two requests queue that are to be under way at once. */
  const freeSecond = (): Device => (second === undefined || preparing ? openSecond() : second)

  // Whoever waits for something that an abort has cancelled would wait for ever.
  const onStop = (): void => {
    arrived.resolve()
    entering.resolve(hasEntered)
  }
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })

  const currentTokens = (): Tokens => {
    if (tokens === undefined) throw new TypeError(`${candidate} needs tokens before it can do this`)
    return tokens
  }

  const logIn = async (
    device: Device,
    step: StepName,
    intendedUs: number,
    onSent: (sentUs: number) => void = () => undefined,
  ): Promise<boolean> => {
    // Due with the first request; what follows is due when it can be sent.
    let due: Pick<Wish<unknown>, 'intendedUs' | 'onSent'> | undefined = { intendedUs, onSent }
    const done = await logInWith(api, account, (f, call, beforeRetry) => {
      const when = due ?? { intendedUs: clock.nowUs() }
      due = undefined
      return perform(device, { f, step, ...when, call, ...(beforeRetry === undefined ? {} : { beforeRetry }) })
    })
    if (done.reply !== undefined) tokens = done.reply
    return done.reply !== undefined
  }

  /** After a 401: fresh tokens, or a new log-in when the refresh is refused. Two devices renew once. */
  const renewOn = (device: Device, step: StepName): Promise<boolean> => {
    renewing ??= (async () => {
      if (lacks.has('tokenRefresh')) return logIn(device, step, clock.nowUs())
      const { refreshToken } = currentTokens()
      const done = await perform(device, {
        f: 'refresh-token',
        step,
        intendedUs: clock.nowUs(),
        call: () => api.refreshToken(refreshToken),
      })
      if (done.reply !== undefined) {
        tokens = done.reply
        return true
      }
      interrupted = true
      return logIn(device, step, clock.nowUs())
    })().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  const logOut = (step: StepName) =>
    perform(main, { f: 'logout', step, intendedUs: clock.nowUs(), call: () => api.logout(currentTokens()) })

  /** A wish of somebody who is logged in. */
  const ask = <Reply>(device: Device, wish: Omit<Wish<Reply>, 'renew'>): Promise<Performed<Reply>> =>
    perform(device, { ...wish, renew: device.renew })

  const findSession = async (device: Device, step: StepName, intendedUs: number): Promise<void> => {
    const done = await ask(device, {
      f: 'current-session',
      step,
      intendedUs,
      call: () => api.currentSession(currentTokens(), exam.id),
    })
    // Whatever the backend says is this candidate's session from now on; checkers judge whether it may change.
    if (done.reply !== undefined) session = done.reply.session
  }

  const readQuestions = async (step: StepName, intendedUs: number): Promise<boolean> => {
    const about = session as string
    const content = await ask(main, {
      f: 'read-questions',
      step,
      intendedUs,
      session: about,
      call: () => api.readQuestions(currentTokens(), about, FIRST_POSITION, exam.paper.count),
    })
    if (content.reply === undefined) return false
    const { questions: shown } = content.reply
    // Where a session lists no more than what was answered, its questions are known from their texts.
    if (shown.length > paper.length) paper = shown
    return true
  }

  /** Read the session: its paper, and what of the answers is stored. True when it could be read. */
  const readPaper = async (step: StepName, intendedUs: number): Promise<boolean> => {
    if (session === undefined) return false
    const about = session
    const done = await ask(main, {
      f: 'read-session',
      step,
      intendedUs,
      session: about,
      call: () => api.readSession(currentTokens(), about),
    })
    if (done.reply === undefined) return false
    slowness.endsAt(done.completedUs + done.reply.remainingSeconds * 1e6)
    const listed = done.reply.answers.map(({ question }) => question)
    // Whoever has seen a question goes on answering it: that a later look does not show it is for the checkers.
    if (listed.length >= paper.length) paper = listed
    if (done.reply.status !== 'ACTIVE') isClosed = true
    return true
  }

  const createOn = (
    device: Device,
    idempotencyKey: string,
    more: Pick<Wish<unknown>, 'step' | 'intendedUs' | 'onSent' | 'rightRefusal'>,
  ) =>
    ask(device, {
      ...more,
      f: 'create-session',
      idempotencyKey,
      call: () => api.createSession(currentTokens(), { examId: exam.id, idempotencyKey, paper: exam.paper }),
    })

  const getSession = async (step: StepName, intendedUs: number, sent?: (sentUs: number) => void): Promise<void> => {
    const { doubleStart } = plan
    const isTwice = doubleStart !== undefined && !hasStartedTwice
    hasStartedTwice ||= isTwice
    slowness.endsAt(clock.nowUs() + exam.paper.durationSeconds * 1e6)
    // Of two that start at once one may be sent away, if only the other gets in: of two who are, one is an error.
    let sentAway = 0
    const isRight = (reason: string): boolean => {
      if (reason === 'conflict') sentAway += 1
      return reason === 'conflict' && sentAway === 1
    }
    const more = { step, intendedUs, ...(isTwice ? { rightRefusal: isRight } : {}) }
    if (isTwice) aside ??= openDevice('aside')
    const otherKey = doubleStart === 'same-key' ? sessionKey : otherSessionKey
    const starts = await Promise.all([
      createOn(main, sessionKey, { ...more, ...(sent === undefined ? {} : { onSent: sent }) }),
      ...(isTwice && aside !== undefined ? [createOn(aside, otherKey, more)] : []),
    ])
    // Whether both were told of the same one is judged by a checker.
    session = starts.find(({ reply }) => reply !== undefined)?.reply?.session
    if (isTwice && session !== undefined) doubleStarts += 1
    // A conflict may mean that there is one already: whoever asked for it only once more would be sent away for ever.
    const mayHaveOne = starts.some(({ hadInfo, reason }) => hadInfo || reason === 'conflict')
    if (session === undefined && mayHaveOne && !stop.aborted) {
      await findSession(main, step, clock.nowUs())
    }
  }

  const getIn = async (step: StepName, intendedUs: number, sent?: (sentUs: number) => void): Promise<boolean> => {
    if (tokens === undefined && !(await logIn(main, step, clock.nowUs()))) return false
    if (session === undefined) await getSession(step, intendedUs, sent)
    if (session === undefined || !(await readPaper(step, clock.nowUs()))) return false
    return readQuestions(step, clock.nowUs())
  }

  const stateOf = (question: string): QuestionState => {
    const known = questions.get(question)
    if (known !== undefined) return known
    const fresh: QuestionState = { version: 0, acknowledged: undefined }
    questions.set(question, fresh)
    return fresh
  }

  const newEvent = (
    question: string,
    value: number | null,
    more?: Pick<AnswerEvent, 'markOnly' | 'markedForReview' | 'mayBeTooLate'>,
  ): AnswerEvent => {
    const state = stateOf(question)
    state.version += 1
    return {
      session: session as string,
      question,
      value,
      version: state.version,
      nonce: ids.uuid(),
      attempts: 0,
      hadInfo: false,
      state,
      ...more,
    }
  }

  /** What became of an answer event, as far as is known now. */
  const noteSaved = (event: AnswerEvent, done: Performed<unknown>): void => {
    const { version, state } = event
    event.attempts = done.attempts
    event.hadInfo ||= done.hadInfo
    if (done.reason === 'session-closed') isClosed = true
    if (done.outcome === 'ok' && version > (state.acknowledged?.version ?? 0)) state.acknowledged = event
    const isResolved = done.outcome === 'ok' || done.reason === 'superseded' || !event.hadInfo
    if (isResolved && outbox.length === 0) return
    const kept = outbox.indexOf(event)
    if (isResolved && kept >= 0) outbox.splice(kept, 1)
    if (!isResolved && kept < 0) outbox.push(event)
  }

  /**
   * Send an answer event, for the first time or once more. What the last attempt was told. Nearly everything that a
   * candidate does is this, so no function waits between it and `perform`: each that does costs a kilobyte.
   */
  const save = (
    event: AnswerEvent,
    step: StepName,
    intendedUs: number,
    device = main,
  ): Promise<Pick<Performed<unknown>, 'outcome' | 'reason'>> => {
    const { session: about, question, version, value, nonce } = event
    return perform(device, {
      f: 'save-answer',
      step,
      intendedUs,
      session: about,
      question,
      version,
      value,
      nonce,
      firstAttempt: event.attempts + 1,
      ...(event.mayBeTooLate === true ? { rightRefusal: 'session-closed' } : {}),
      call: () => api.saveAnswer(currentTokens(), event),
      renew: device.renew,
      onDone: (done) => noteSaved(event, done),
    })
  }

  /** Send what is still open once more, oldest first; stops at the first that stays open: the backend is away. */
  const flushOutbox = async (step: StepName): Promise<void> => {
    for (const event of [...outbox]) {
      if (stop.aborted || isClosed) return
      await save(event, step, clock.nowUs())
      if (outbox.includes(event)) return
    }
  }

  const revise = async (
    action: Extract<PlannedAction, { kind: 'revise' }>,
    question: string,
    intendedUs: number,
  ): Promise<void> => {
    const earlier = stateOf(question).acknowledged
    const delayed = action.late === 'delayed' ? newEvent(question, action.lateValue ?? null) : undefined
    const saved = await save(newEvent(question, action.value), 'steady', intendedUs)
    const acknowledged = saved.outcome === 'ok'
    if (acknowledged && action.value === null) clears += 1
    const late = delayed ?? (action.late === 'resend' ? earlier : undefined)
    if (!acknowledged || late === undefined || stop.aborted) return
    const { outcome, reason } = await save(late, 'steady', clock.nowUs())
    if (outcome === 'ok' || reason === 'superseded') lateRetries += 1
  }

  /** Save over a connection of its own, and read on meanwhile, as a client that saves by itself does. */
  const saveAside = async (event: AnswerEvent, intendedUs: number): Promise<void> => {
    saving ??= openDevice('autosave')
    const [saved, hasRead] = await Promise.all([
      save(event, 'steady', intendedUs, saving),
      readQuestions('steady', intendedUs),
    ])
    if (saved.outcome === 'ok' && hasRead) autosaves += 1
  }

  /** Two answers at once, each over a connection of its own. */
  const saveTogether = async (one: AnswerEvent, other: AnswerEvent, intendedUs: number): Promise<void> => {
    aside ??= openDevice('aside')
    const saved = await Promise.all([save(one, 'steady', intendedUs), save(other, 'steady', intendedUs, aside)])
    if (saved.every(({ outcome }) => outcome === 'ok')) answersTogether += 1
  }

  /** Somebody's machine dies, and the next one knows nothing. The tokens of the first stay as they are. */
  const changeDevice = async (intendedUs: number): Promise<void> => {
    main = openDevice('second-device')
    if (!(await logIn(main, 'steady', intendedUs))) return
    await findSession(main, 'steady', clock.nowUs())
    if (await readPaper('steady', clock.nowUs())) deviceChanges += 1
  }

  const goesOn = (): boolean => !isClosed

  /** Nearly all actions are: nothing is counted with them, and nothing comes after them. */
  const isOneAnswer = (action: PlannedAction): action is Extract<PlannedAction, { kind: 'answer' | 'revise' }> =>
    action.kind === 'answer'
      ? behaviours.autosaves !== true && action.together === undefined
      : action.kind === 'revise' && action.late === undefined && action.value !== null

  /** Resolves to false when the exam is over for this candidate. */
  const doAction = (action: PlannedAction, intendedUs: number): Promise<boolean> => {
    const question = isOneAnswer(action) ? paper[action.position] : undefined
    return isOneAnswer(action) && question !== undefined
      ? save(newEvent(question, action.value), 'steady', intendedUs).then(goesOn)
      : doMore(action, intendedUs)
  }

  const doMore = async (action: PlannedAction, intendedUs: number): Promise<boolean> => {
    if (action.kind === 'resume') {
      await findSession(main, 'steady', intendedUs)
      await readPaper('steady', clock.nowUs())
      return !isClosed
    }
    if (action.kind === 'change-device') {
      await changeDevice(intendedUs)
      return !isClosed
    }
    const question = paper[action.position]
    // A paper shorter than planned: the session told so, and a checker compares.
    if (question === undefined) return !isClosed
    if (action.kind === 'answer') {
      const other = action.together === undefined ? undefined : paper[action.together.position]
      const event = newEvent(question, action.value)
      if (action.together !== undefined && other !== undefined) {
        await saveTogether(event, newEvent(other, action.together.value), intendedUs)
      } else if (behaviours.autosaves === true) await saveAside(event, intendedUs)
      else await save(event, 'steady', intendedUs)
    }
    if (action.kind === 'revise') await revise(action, question, intendedUs)
    if (action.kind === 'mark') {
      const { acknowledged } = stateOf(question)
      // What is stored is not certain while an event of this question is open, so there is nothing to keep.
      if (acknowledged === undefined || outbox.some((event) => event.question === question)) return !isClosed
      const marking = newEvent(question, acknowledged.value, { markOnly: true, markedForReview: true })
      if ((await save(marking, 'steady', intendedUs)).outcome === 'ok') marks += 1
    }
    return !isClosed
  }

  const submitOn = (
    device: Device,
    about: string,
    key: string,
    step: StepName,
    intendedUs: number,
    firstAttempt: number,
  ) =>
    ask(device, {
      f: 'submit',
      step,
      intendedUs,
      session: about,
      idempotencyKey: key,
      firstAttempt,
      call: () => api.submit(currentTokens(), about, key),
    })

  const noteSubmit = (results: readonly Performed<unknown>[]): void => {
    submitted ||= results.some(({ outcome }) => outcome === 'ok')
    submitOpen = !submitted && (submitOpen || results.some(({ hadInfo }) => hadInfo))
    if (submitted) isClosed = true
  }

  /** The last answer is still on its way when the candidate hands in. */
  const answerBesideSubmit = async ({ position, value }: PlannedAnswer, intendedUs: number): Promise<void> => {
    const question = paper[position]
    if (question === undefined) return
    const event = newEvent(question, value, { mayBeTooLate: true })
    const { outcome, reason } = await save(event, 'submit-spike', intendedUs, freeSecond())
    if (outcome === 'ok' || reason === 'session-closed') answersBesideSubmit += 1
  }

  const submitTwice = async (about: string, intendedUs: number): Promise<void> => {
    const other = freeSecond()
    const otherKey = plan.doubleSubmit === 'same-key' ? submitKey : otherSubmitKey
    const results = await Promise.all([
      submitOn(main, about, submitKey, 'submit-spike', intendedUs, 1),
      submitOn(other, about, otherKey, 'submit-spike', intendedUs, 1),
    ])
    submitAttempts = results[0].attempts
    noteSubmit(results)
    const sentUs = Math.max(...results.map(({ first }) => first.sentUs))
    const completedUs = Math.min(...results.map(({ first }) => first.completedUs))
    const workers = new Set(results.flatMap(({ worker }) => (worker === undefined ? [] : [worker])))
    doubleSubmit = { overlapped: sentUs < completedUs, workers: [...workers] }
  }

  /** Click, and click again: the browser sends each click over whichever of its connections is free next. */
  const submitByClicks = async (about: string, intendedUs: number, clicks: number): Promise<void> => {
    // A click is a request and nothing else: only the first is what the page itself tries again.
    const once = { ...retries, attempts: 1 }
    const lanes = Array.from({ length: Math.min(clicks, BROWSER_CONNECTIONS) - 1 }, (_, lane) => ({
      device: openDevice(`click-${lane + 1}`, once),
      free: Promise.resolve<unknown>(undefined),
    }))
    const everyUs = (CLICKS_WITHIN_MS * 1_000) / (clicks - 1)
    const click = async (number: number): Promise<Performed<unknown> | undefined> => {
      const dueUs = intendedUs + number * everyUs
      // A click whose time is over before the first was possible is nobody's dispatch: what kept it is the platform, not
      // the generator, whose own lateness is measured there (P8).
      const isFree = dueUs > scheduler.nowUs() ? await scheduler.until(dueUs, stop) : !stop.aborted
      if (!isFree) return undefined
      const lane = lanes[number % lanes.length] as (typeof lanes)[number]
      const sent = lane.free.then(() => submitOn(lane.device, about, submitKey, 'submit-spike', dueUs, 1))
      lane.free = sent
      return sent
    }
    const [first, ...others] = await Promise.all([
      submitOn(main, about, submitKey, 'submit-spike', intendedUs, 1).then((done) => {
        noteSubmit([done])
        return done
      }),
      ...Array.from({ length: clicks - 1 }, (_, index) => click(index + 1)),
    ])
    submitAttempts = first.attempts
    const repeats = others.filter((done) => done !== undefined)
    noteSubmit([first, ...repeats])
    submitRepeats += repeats.filter(({ outcome }) => outcome === 'ok').length
  }

  /** Handed in, and once more to be sure. */
  const submitOnceMore = async (about: string, as: 'same-key' | 'other-key'): Promise<void> => {
    const isSame = as === 'same-key'
    const key = isSame ? submitKey : otherSubmitKey
    const done = await submitOn(main, about, key, 'submit-spike', clock.nowUs(), isSame ? submitAttempts + 1 : 1)
    if (done.outcome === 'ok') submitRepeats += 1
  }

  const submitAgain = async (about: string): Promise<void> => {
    const done = await submitOn(main, about, submitKey, 'drain', clock.nowUs(), submitAttempts + 1)
    submitAttempts = done.attempts
    noteSubmit([done])
  }

  /** Somebody has a second tab open and changes an answer there, after handing in. */
  const answerAfterSubmit = async (about: string): Promise<void> => {
    const answered = [...questions].find(([, { acknowledged }]) => acknowledged !== undefined)
    if (answered === undefined) return
    const [question, { acknowledged }] = answered
    const event = newEvent(question, acknowledged?.value === 0 ? 1 : 0)
    const { version, value, nonce } = event
    const { outcome, reason } = await ask(main, {
      f: 'save-answer',
      step: 'drain',
      intendedUs: clock.nowUs(),
      session: about,
      question,
      version,
      value,
      nonce,
      rightRefusal: 'session-closed',
      call: () => api.saveAnswer(currentTokens(), event),
    })
    // Accepted is wrong, but tried; a checker says so.
    if (outcome === 'ok' || reason === 'session-closed') answersAfterSubmit += 1
  }

  /** One thing at a time: what comes next waits for what is going on. */
  const inTurn = <Result>(part: () => Promise<Result>): Promise<Result> => {
    const turn = busy === undefined ? part() : busy.then(part)
    busy = turn
    return turn.then((result) => {
      if (busy === turn) busy = undefined
      return result
    })
  }

  /** What can still be found out. */
  const hasOpenQuestions = (): boolean => outbox.length > 0 || submitOpen

  const resolveOpen = async (): Promise<void> => {
    while (hasOpenQuestions() && !stop.aborted) {
      if (submitOpen && session !== undefined) await submitAgain(session)
      await flushOutbox('drain')
      if (!hasOpenQuestions() || stop.aborted) return
      // Retries did not settle it: a read tells what is stored, and the checkers see it.
      if (await readPaper('drain', clock.nowUs())) {
        outbox.length = 0
        if (isClosed) submitOpen = false
      }
      if (hasOpenQuestions()) await scheduler.until(clock.nowUs() + retries.maxBackoffMs * 1_000, stop)
    }
  }

  return {
    async warmUp(intendedUs) {
      await inTurn(async () => {
        if (!(await logIn(main, 'warm-up', intendedUs))) return
        if (!lacks.has('logout')) await logOut('warm-up')
        tokens = undefined
      })
    },

    async arrive(intendedUs) {
      const isBusy = busy !== undefined
      await inTurn(() => {
        // A platform that answers its first log-ins late keeps whom it warms up with: that is no lag of the generator, and
        // the log-in is measured from when it was wanted all the same.
        const freeUs = isBusy ? Math.max(intendedUs, clock.nowUs()) : intendedUs
        return logIn(main, 'arrivals', intendedUs, (sentUs) => {
          arrivalLagMs = (sentUs - freeUs) / 1_000
        })
      })
      hasArrived = true
      if (plan.doubleStart !== undefined && !stop.aborted) {
        aside ??= openDevice('aside')
        aside.connection.open()
      }
      arrived.resolve()
      if (!plan.startsAtBarrier) await this.enter(clock.nowUs())
    },

    isLoggedIn: () => tokens !== undefined,

    async enter(intendedUs, sent) {
      const step: StepName = plan.startsAtBarrier ? 'start-burst' : 'arrivals'
      // Somebody who never arrived because the run was stopped will not enter either.
      if (tokens === undefined && !stop.aborted) await arrived.promise
      await inTurn(async () => {
        while (!stop.aborted && clock.nowUs() < leaveUs) {
          if (await getIn(step, intendedUs, sent)) {
            inAfterMs = (clock.nowUs() - intendedUs) / 1_000
            if (inAfterMs > options.startWithinMs) slowed = true
            hasEntered = true
            isAnswering = true
            break
          }
          interrupted = true
          await scheduler.until(clock.nowUs() + retries.maxBackoffMs * 1_000, stop)
        }
      })
      entering.resolve(hasEntered)
    },

    entered: () => entering.promise,

    async refresh(intendedUs, step) {
      if (hasEntered || stop.aborted) return false
      // Nobody asks before the log-in; the tokens of the warm-up are about to be taken away.
      if (!hasArrived || tokens === undefined) return true
      reloading ??= openDevice('reload')
      const { outcome, reason } = await ask(reloading, {
        f: 'current-session',
        step,
        intendedUs,
        // There is no session yet, and that is the right answer.
        rightRefusal: 'not-found',
        call: () => api.currentSession(currentTokens(), exam.id),
      })
      if (outcome === 'ok' || reason === 'not-found') refreshes += 1
      return true
    },

    act(index, intendedUs) {
      const action = plan.actions[index]
      if (action === undefined) throw new RangeError(`${candidate} has no action ${index}`)
      return inTurn(() => doAction(action, intendedUs))
    },

    async prepareSubmit() {
      const isAlone = plan.doubleSubmit === 'no' && plan.answerBesideSubmit === undefined
      if (isAlone || !hasEntered || stop.aborted) return
      second = openSecond()
      preparing = true
      await findSession(second, 'submit-spike', clock.nowUs())
      preparing = false
    },

    async submit(intendedUs) {
      await inTurn(async () => {
        isAnswering = false
        if (session === undefined || !hasEntered) return
        await flushOutbox('submit-spike')
        if (stop.aborted) return
        const { submitClicks, submitsAgain } = behaviours
        if (plan.doubleSubmit !== 'no') {
          await submitTwice(session, intendedUs)
        } else if (submitClicks !== undefined) {
          await submitByClicks(session, intendedUs, submitClicks)
        } else {
          const { answerBesideSubmit: last } = plan
          const [, done] = await Promise.all([
            last === undefined ? undefined : answerBesideSubmit(last, intendedUs),
            submitOn(main, session, submitKey, 'submit-spike', intendedUs, 1),
          ])
          submitAttempts = done.attempts
          noteSubmit([done])
        }
        if (submitted && submitsAgain !== undefined && !stop.aborted) await submitOnceMore(session, submitsAgain)
      })
    },

    async finish() {
      await inTurn(async () => {
        isAnswering = false
        await resolveOpen()
        if (plan.answersAfterSubmit && submitted && session !== undefined && !stop.aborted) {
          await answerAfterSubmit(session)
        }
        if (plan.review && submitted && session !== undefined && !stop.aborted) {
          const about = session
          await ask(main, {
            f: 'review',
            step: 'drain',
            intendedUs: clock.nowUs(),
            session: about,
            call: () => api.review(currentTokens(), about),
          })
          if (!lacks.has('logout')) await logOut('drain')
        }
        cutOff = stop.aborted
        ended = true
      })
    },

    outcome() {
      const vanished = plan.submitMs === null && hasEntered && ended && !cutOff
      return {
        candidate,
        started: arrivalLagMs !== null,
        arrivalLagMs,
        entered: hasEntered,
        ...(session === undefined ? {} : { session }),
        inAfterMs,
        entryHindered,
        submitHindered,
        submitted,
        finished: submitted || vanished,
        cutOff: cutOff || !ended,
        slowed,
        interrupted,
        unresolved: outbox.length + (submitOpen ? 1 : 0),
        starved,
        lateRetries,
        marks,
        clears,
        doubleStarts,
        answersTogether,
        answersBesideSubmit,
        answersAfterSubmit,
        submitRepeats,
        autosaves,
        deviceChanges,
        refreshes,
        ...(doubleSubmit === undefined ? {} : { doubleSubmit }),
      }
    },

    get isAnswering() {
      return isAnswering
    },

    get hasEntered() {
      return hasEntered
    },

    get hasSubmitted() {
      return submitted
    },

    async [Symbol.asyncDispose]() {
      stop.removeEventListener('abort', onStop)
      await Promise.all(devices.map(({ connection }) => connection[Symbol.asyncDispose]()))
    },
  }
}

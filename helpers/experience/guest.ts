import { setTimeout as sleep } from 'node:timers/promises'
import type { Call, Credentials, HttpResponse, LoginForm, SessionRequest, Tokens } from '../candidate/exam-api.ts'
import { fieldAt } from '../candidate/field-at.ts'
import type { CompanionContext } from '../companion.ts'
import type { OperationName, ToldAnswer } from '../history/operation.ts'
import type { ExamPlatform } from '../platform/exam-platform.ts'
import type { ExpectedRefusal } from '../platform/refusals.ts'
import { type Random, seededRandom } from '../random.ts'
import { type BodyFields, withFields } from './body-fields.ts'
import type { Moment, Occasion, Refusal, StepMoment, StuckMoment } from './moments.ts'
import { type Answered, openVisitor, type Visitor, type VisitorWish } from './visitor.ts'

const TIMEOUT_MS = 3_000
/** While the backend is away a guest tries again, as often as a candidate would. */
const TRIES = 60
const PAUSE_MS = 250

/** Steps that are told from more than one place. */
const AWAY = 'ask while the platform is away'
const OLD_TOKEN = 'ask with an old token'
const OPEN_LOGIN = 'open the log-in'
const AT_ONCE = 'answer on two devices at once'
const READ_QUESTIONS = 'read the questions'

/** Questions are read from position 1, all at once, as candidates do it. */
const FIRST_POSITION = 1

export interface GuestOptions {
  readonly context: Pick<CompanionContext, 'stage' | 'clock' | 'recorder' | 'signal'>
  readonly platform: Pick<ExamPlatform, 'api' | 'refusals' | 'capabilities'>
  readonly seed: number
  readonly exam: { readonly id: string; readonly paper: SessionRequest['paper'] }
  readonly account: { readonly id: string } & Credentials
  /** By how much the guest's clock is wrong, ms. */
  readonly clockOffMs: number
  readonly tell: (moment: Moment) => void
  /** Rest between two tries while the backend is away. Default 250 ms. */
  readonly pauseMs?: number
}

/** A step of a story, and what must come of it. */
export interface Script<Reply> {
  readonly story: StepMoment['story']
  readonly what: string
  readonly expected: StepMoment['expected']
  /** Made anew for each attempt, because tokens change, and a log-in may need something to be fetched. */
  readonly wish: () => VisitorWish<Reply> | Promise<VisitorWish<Reply>>
  /** Renew a token that has run out and try again. Default true. */
  readonly renews?: boolean
  /** Which step it was, where that only turns out with the answer. */
  readonly turnsOut?: (
    done: Answered<Reply>,
    tries: number,
  ) => Pick<StepMoment, 'what' | 'story' | 'expected'> | undefined
  /** Answered later than this the step means nothing, µs since the run's epoch. */
  readonly latestUs?: number
}

/** A candidate with a script; remembers what was acknowledged, and tells everything. */
export interface Guest extends AsyncDisposable {
  readonly account: GuestOptions['account']
  tokens(): Tokens
  session(): string
  /** The idempotency key of its start. */
  readonly startKey: string
  /** Take another device; the tokens stay with the one before. */
  changeDevice(name: string): void
  /** Try until there is an answer that is no outage. @throws GuestIsStuck after 60 tries, which is told */
  play<Reply>(script: Script<Reply>): Promise<Answered<Reply>>
  /** The same for a request that no client of a candidate would send. */
  provoke(
    what: string,
    expected: StepMoment['expected'],
    call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>,
  ): Promise<void>
  /** The first step of a log-in in two, for one log-in; undefined: the platform has one step. @throws GuestIsStuck without a form */
  openLogin(): Promise<LoginForm | undefined>
  logIn(what?: { readonly story: StepMoment['story']; readonly what: string }): Promise<void>
  useTokens(tokens: Tokens): void
  start(durationSeconds?: number): Promise<void>
  /** Find the session as a device does that knows nothing, and look at it. */
  comeBack(occasion: Occasion): Promise<void>
  /** Look at the session. */
  look(occasion: Occasion): Promise<void>
  /** Give the next answer. */
  answer(as?: Pick<Script<unknown>, 'story' | 'what' | 'expected' | 'latestUs'>): Promise<void>
  /**
   * Give the next answer on this device and, at the same instant, another one to the same question on `other`. Each is
   * asked for once: a second try would hide that the first one failed.
   */
  answerOnTwoDevices(other: string): Promise<void>
  rest(ms: number): Promise<void>
}

/** Ends a script whose load is over; whoever plays it catches nothing else. */
export class LoadIsOver extends Error {
  constructor() {
    super('the load was over before the script was')
    this.name = 'LoadIsOver'
  }
}

/** Ends a script that nobody could go on with. Why is among the moments, and judged from there. */
export class GuestIsStuck extends Error {
  constructor(what: string) {
    super(`a guest could not ${what}`)
    this.name = 'GuestIsStuck'
  }
}

/** @throws LoadIsOver from every verb, when the load ended first; GuestIsStuck when it could not go on */
export function createGuest(options: GuestOptions): Guest {
  const { context, platform, exam, account, clockOffMs, tell, pauseMs = PAUSE_MS } = options
  const { stage, clock, recorder, signal } = context
  const { api, refusals, capabilities } = platform
  const ids: Random = seededRandom(options.seed, exam.id, account.id, 'guest')
  const startKey = ids.uuid()
  const devices: Visitor[] = []
  const acknowledged = new Map<string, ToldAnswer>()
  let device: Visitor
  let tokens: Tokens | undefined
  let session: string | undefined
  let paper: readonly string[] = []
  /** The session lists no more than what was answered. */
  let listsAnswered: true | undefined
  let answers = 0
  /** Whatever is answered later may be refused, µs since the run's epoch. */
  let endsUs = Number.POSITIVE_INFINITY

  const openDevice = (name: string): Visitor => {
    const opened = openVisitor({
      candidate: account.id,
      device: name,
      baseUrl: () => stage.baseUrl(),
      recorder,
      clock,
      timeoutMs: TIMEOUT_MS,
      signal,
      // What many clients send; a backend that believes it lets candidates set their own time.
      headers: () => ({ 'x-client-time': guestTime(), 'x-timezone': 'Pacific/Kiritimati' }),
    })
    devices.push(opened)
    return opened
  }
  const changeDevice = (name: string): void => {
    device = openDevice(name)
  }
  const guestTime = (): string => new Date(Date.now() + clockOffMs).toISOString()
  changeDevice('main')

  const currentTokens = (): Tokens => {
    if (tokens === undefined) throw new TypeError(`${account.id} is not logged in`)
    return tokens
  }
  const currentSession = (): string => {
    if (session === undefined) throw new TypeError(`${account.id} has no session`)
    return session
  }

  const rest = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal }).catch(() => {
      throw new LoadIsOver()
    })
  }

  const tellStep = (
    script: Pick<Script<unknown>, 'story' | 'what' | 'expected' | 'latestUs'>,
    done: Pick<Answered<unknown>, 'requestId' | 'sentUs' | 'completedUs' | 'response'> &
      Partial<Pick<Answered<unknown>, 'outcome' | 'reason'>>,
  ): void => {
    const { story, what, expected, latestUs = Number.POSITIVE_INFINITY } = script
    const refusal = refusalOf(done.response)
    const { requestId, sentUs, completedUs } = done
    const status = done.completedUs > latestUs ? null : (done.response?.status ?? null)
    const code = refusal === null ? null : codeOf(refusal.body, refusals.envelope.code)
    const isSuccess = status !== null && status >= 200 && status <= 299
    const isRedirect = status !== null && status >= 300 && status <= 399
    tell({
      kind: 'step',
      candidate: account.id,
      requestId,
      sentUs,
      completedUs,
      story,
      what,
      expected,
      status,
      code,
      refusal,
      ...(isSuccess && isNoSuccess(done, status === expected?.status)
        ? { unreadable: done.reason ?? 'for no known reason' }
        : {}),
      ...(isRedirect && done.outcome === 'ok' ? { accepted: true as const } : {}),
    })
  }

  type Asked = Pick<Answered<unknown>, 'requestId' | 'sentUs' | 'completedUs' | 'response'> &
    Partial<Pick<Answered<unknown>, 'errorCode' | 'reason'>>

  const tellStuck = (
    cause: StuckMoment['cause'],
    what: string,
    done: Asked,
    { tries, sinceUs }: Pick<StuckMoment, 'tries' | 'sinceUs'> = { tries: 1, sinceUs: done.sentUs },
  ): void => {
    const { requestId, sentUs, completedUs, response } = done
    const status = response?.status ?? null
    const seen = [status ?? 'no answer', done.errorCode ?? done.reason].filter((word) => word !== undefined).join(' ')
    tell({
      kind: 'stuck',
      candidate: account.id,
      requestId,
      sentUs,
      completedUs,
      what,
      cause,
      tries,
      sinceUs,
      status,
      seen,
    })
  }
  const stuckWith = (what: string, done: Asked): GuestIsStuck => {
    // Cut off by the end of the load it says nothing of the platform.
    if (signal.aborted && done.response === undefined) throw new LoadIsOver()
    tellStuck('answer', what, done)
    return new GuestIsStuck(what)
  }

  const play = async <Reply>(script: Script<Reply>): Promise<Answered<Reply>> => {
    const { what } = script
    let sinceUs: number | undefined
    for (let tries = 1; ; tries += 1) {
      if (signal.aborted) throw new LoadIsOver()
      const done = await device.ask({ ...(await script.wish()), attempt: tries })
      sinceUs ??= done.sentUs
      const isAway = done.response === undefined || done.response.status >= 500
      const ranOut = isExpired(done, refusals.to.expiredToken) && script.renews !== false
      if (!isAway && !ranOut) {
        tellStep({ ...script, ...script.turnsOut?.(done, tries) }, done)
        return done
      }
      tellStep({ story: 'any', what: isAway ? AWAY : OLD_TOKEN, expected: null }, done)
      if (signal.aborted) {
        // In vain until the very end: the judge decides whether that was long enough to matter.
        if (tries > 1) tellStuck('load-over', what, done, { tries, sinceUs })
        throw new LoadIsOver()
      }
      if (tries >= TRIES) {
        tellStuck(isAway ? 'no-answer' : 'answer', what, done, { tries, sinceUs })
        throw new GuestIsStuck(what)
      }
      if (ranOut) await renew()
      else
        await rest(pauseMs).catch((error: unknown) => {
          tellStuck('load-over', what, done, { tries, sinceUs: sinceUs ?? done.sentUs })
          throw error
        })
    }
  }

  const openLogin = async (): Promise<LoginForm | undefined> => {
    const call = api.openLogin?.()
    if (call === undefined) return undefined
    const wish = () => ({ f: 'open-login', call }) as const
    const done = await play({ story: 'any', what: OPEN_LOGIN, expected: { status: 200 }, renews: false, wish })
    if (done.reply === undefined) throw stuckWith(OPEN_LOGIN, done)
    return done.reply
  }

  const logIn = async (as: Pick<StepMoment, 'story' | 'what'> = { story: 'any', what: 'log in' }): Promise<void> => {
    const wish = async () => ({ f: 'login', call: api.login(account, await openLogin()) }) as const
    // There is no token in it that could have run out, though a platform may refuse both with the same words.
    const done = await play({ ...as, expected: { status: 200 }, renews: false, wish })
    if (done.reply === undefined) throw stuckWith(as.what, done)
    tokens = done.reply
  }

  const renew = async (): Promise<void> => {
    if (!capabilities.tokenRefresh) return logIn()
    const { refreshToken } = currentTokens()
    const done = await play({
      story: 'any',
      what: 'renew in passing',
      expected: { status: 200 },
      // After an outage the grace may be over, and the refusal right: then one has to log in again.
      turnsOut: (_, tries) =>
        tries === 1 ? undefined : { story: 'any', what: 'renew after an outage', expected: null },
      renews: false,
      wish: () => ({ f: 'refresh-token', call: api.refreshToken(refreshToken) }),
    })
    if (done.reply !== undefined) tokens = done.reply
    else await logIn()
  }

  /** Look for, or at, the session; it has to be there. */
  const seek = async <Reply>(
    occasion: Occasion,
    f: OperationName,
    make: () => Omit<VisitorWish<Reply>, 'f'>,
  ): Promise<Answered<Reply>> => {
    const wish = (): VisitorWish<Reply> => ({ f, ...make() })
    const story = occasion === 'log-out' ? 'log-out' : 'resume'
    return play({ story, what: `${f} (${occasion})`, expected: { status: 200 }, wish })
  }

  /** Where a session lists no more than what was answered, its questions are known from their texts. */
  const readQuestions = async (of: string): Promise<readonly string[]> => {
    const wish = () =>
      ({
        f: 'read-questions',
        session: of,
        call: api.readQuestions(currentTokens(), of, FIRST_POSITION, exam.paper.count),
      }) as const
    const done = await play({ story: 'any', what: READ_QUESTIONS, expected: { status: 200 }, wish })
    return done.reply?.questions ?? []
  }

  const look = async (occasion: Occasion, of = currentSession()): Promise<void> => {
    const done = await seek(occasion, 'read-session', () => ({
      session: of,
      call: api.readSession(currentTokens(), of),
    }))
    if (done.reply === undefined) return
    const { status, remainingSeconds, answers: found } = done.reply
    if (paper.length === 0) paper = found.map(({ question }) => question)
    const { requestId, sentUs, completedUs } = done
    if (occasion === 'started') {
      endsUs = sentUs + remainingSeconds * 1_000_000
      if (paper.length === 0) {
        paper = await readQuestions(of)
        listsAnswered = true
      }
      if (paper.length === 0) throw stuckWith('find a question on the paper', done)
    }
    tell({
      kind: 'look',
      candidate: account.id,
      requestId,
      sentUs,
      completedUs,
      occasion,
      clockOffMs,
      session: of,
      status,
      remainingSeconds,
      answers: found,
      known: {
        session: currentSession(),
        paper,
        ...(listsAnswered === undefined ? {} : { listsAnswered }),
        answers: [...acknowledged.values()],
      },
    })
  }

  return {
    account,
    tokens: currentTokens,
    session: currentSession,
    startKey,
    changeDevice,
    play,
    rest,
    useTokens(given) {
      tokens = given
    },

    async provoke(what, expected, call) {
      tellStep({ story: 'errors', what, expected }, await device.send(call))
    },

    openLogin,
    logIn,

    async start(durationSeconds = exam.paper.durationSeconds) {
      const request = { examId: exam.id, idempotencyKey: startKey, paper: { ...exam.paper, durationSeconds } }
      const wish = () =>
        ({ f: 'create-session', idempotencyKey: startKey, call: api.createSession(currentTokens(), request) }) as const
      const done = await play({
        story: 'any',
        what: 'start',
        expected: { status: 201 },
        wish,
      })
      if (done.reply === undefined) throw stuckWith('start', done)
      session = done.reply.session
      await look('started')
    },

    async comeBack(occasion) {
      const done = await seek(occasion, 'current-session', () => ({
        call: api.currentSession(currentTokens(), exam.id),
      }))
      if (done.reply !== undefined) await look(occasion, done.reply.session)
    },

    look: (occasion) => look(occasion),

    async answer(
      as: Pick<Script<unknown>, 'story' | 'what' | 'expected' | 'latestUs'> = {
        story: 'any',
        what: 'answer',
        expected: { status: 200 },
        latestUs: endsUs,
      },
    ) {
      const about = currentSession()
      const question = paper[answers % paper.length]
      // There was no look at it that told a paper, which was judged then.
      if (question === undefined) throw new GuestIsStuck('answer')
      const version = (acknowledged.get(question)?.version ?? 0) + 1
      const value = answers % 5
      answers += 1
      const event = { session: about, question, value, version, nonce: ids.uuid() }
      const wish = () =>
        ({
          f: 'save-answer',
          ...event,
          call: withClientTime(api.saveAnswer(currentTokens(), event), guestTime()),
        }) as const
      const done = await play({ ...as, wish })
      if (done.outcome === 'ok') acknowledged.set(question, { question, version, value })
    },

    async answerOnTwoDevices(other) {
      const about = currentSession()
      const question = paper[answers % paper.length]
      if (question === undefined) throw new GuestIsStuck(AT_ONCE)
      const known = acknowledged.get(question)?.version ?? 0
      const pair = [device, devices.find(({ name }) => name === other) ?? openDevice(other)] as const
      const given = await Promise.all(
        pair.map(async (on, index) => {
          const [version, value] = [known + 1 + index, (answers + index) % 5]
          const event = { session: about, question, value, version, nonce: ids.uuid() }
          const call = withClientTime(api.saveAnswer(currentTokens(), event), guestTime())
          const done = await on.ask({ f: 'save-answer', ...event, call })
          const isAway = done.response === undefined || done.response.status === 503
          const ranOut = isExpired(done, refusals.to.expiredToken)
          tellStep(
            isAway || ranOut
              ? { story: 'any', what: isAway ? AWAY : OLD_TOKEN, expected: null }
              : { story: 'any', what: AT_ONCE, expected: { status: 200 }, latestUs: endsUs },
            done,
          )
          return { question, version, value, isKnown: done.outcome === 'ok' }
        }),
      )
      answers += 1
      for (const { isKnown, ...answer } of given) if (isKnown) acknowledged.set(question, answer)
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(devices.map((one) => one[Symbol.asyncDispose]()))
    },
  }
}

/**
 * A 2xx that was none: not to know what was done is no success. Of a status that was not named, the adapter must say more
 * than that: what it reads as a refusal is one.
 */
function isNoSuccess({ outcome, reason }: Partial<Pick<Answered<unknown>, 'outcome' | 'reason'>>, isNamed: boolean) {
  return outcome === 'info' || (!isNamed && outcome === 'fail' && reason !== 'superseded')
}

/** A token ran out: by its code or, where the platform has none for that, by the status alone. */
function isExpired({ response, errorCode }: Pick<Answered<unknown>, 'response' | 'errorCode'>, says: ExpectedRefusal) {
  return says.code === undefined ? response?.status === says.status : errorCode === says.code
}

/** The API takes the client's time and must do nothing with it. */
function withClientTime<Reply>(call: Call<Reply>, time: string): Call<Reply> {
  const timed = (fields: BodyFields): BodyFields => [
    ...fields.filter(([name]) => name !== 'client_time'),
    ['client_time', time],
  ]
  return { ...call, body: withFields(call.body ?? '{}', timed) }
}

function refusalOf(response: HttpResponse | undefined): Refusal | null {
  if (response === undefined || response.status < 400) return null
  const { status, headers, body } = response
  return {
    status,
    contentType: headers['content-type'] ?? null,
    requestId: headers['x-request-id'] ?? null,
    retryAfter: headers['retry-after'] ?? null,
    body,
  }
}

function codeOf(body: string, field: string): string | null {
  try {
    const code = fieldAt(JSON.parse(body), field)
    return typeof code === 'string' ? code : null
  } catch {
    return null
  }
}

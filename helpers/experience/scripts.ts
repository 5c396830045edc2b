import { authorisation } from '../candidate/authorisation.ts'
import type { Call, Credentials, Tokens } from '../candidate/exam-api.ts'
import type { Clock } from '../clock.ts'
import type { ExamPlatform } from '../platform/exam-platform.ts'
import type { ExpectedRefusal } from '../platform/refusals.ts'
import { withFields } from './body-fields.ts'
import type { ExperienceSettings } from './experience-settings.ts'
import type { Guest, Script } from './guest.ts'
import { isPossible } from './judge-experience.ts'
import { unknownSession } from './unknown-session.ts'

/** Clocks of candidates are wrong by this (F24). */
export const CLOCK_OFF_MS = 600_000

/** What the scripts of a day share. */
export interface ScriptContext {
  readonly platform: Pick<ExamPlatform, 'api' | 'refusals' | 'capabilities' | 'graceSeconds'>
  readonly clock: Clock
  readonly settings: ExperienceSettings
  readonly examId: string
  /** Resolves when the backend has been restarted; rejects with LoadIsOver when it never was. */
  readonly restarted: Promise<void>
  /** Resolves with the session of somebody else. */
  readonly otherSession: Promise<string>
}

type Play = (guest: Guest, context: ScriptContext) => Promise<void>

/**
 * What the guest waits beyond a promised time. The contract has no tolerance, the time began at the backend before its
 * answer arrived here, and all clocks are of one machine. What is left is a timer of the harness that fires early by less
 * than 1 ms, and a clock that is being slewed (0.05 %, 5 ms in 10 s).
 */
const MARGIN_MS = 25
/** `exp` and `iat` are whole seconds: a token may have been issued at the very end of one, and lives so much shorter. */
const WHOLE_SECOND_US = 1_000_000
const GLANCE_EVERY_MS = 1_000
const LATECOMER_SECONDS = 8
/** Each has its own chance that the two meet between a look and an insert. */
const FIRST_ANSWERS_AT_ONCE = 8
/** Between them: a limit on answers that no person reaches must not be reached here. */
const READS_FOR_MS = 500
/** Just above what the backend reads. */
const TOO_LARGE_BYTES = 66 * 1024
/** Nobody gave these out, and they look like none that somebody did. */
const UNREADABLE: Tokens = { accessToken: 'not-a-token', refreshToken: 'not-a-token' }
/** A limiter may let some more in while Redis is slow. */
const LOGINS_ABOVE_LIMIT = 15

/** Reloads, changes the device, looks at the timer all the time, and comes back after the restart. */
export const resumes =
  (clock: 'fast' | 'slow'): Play =>
  async (guest, { restarted }) => {
    await guest.logIn()
    await guest.start()
    await guest.answer()
    await guest.answer()
    await guest.comeBack('reload')
    await guest.answer({ story: 'clocks', what: `answer with a clock 10 min ${clock}`, expected: { status: 200 } })
    await guest.look('glance')
    guest.changeDevice('second-device')
    await guest.logIn()
    await guest.comeBack('second-device')
    await guest.answer()
    let isRestarted = false
    restarted.then(
      () => {
        isRestarted = true
      },
      () => undefined,
    )
    while (!isRestarted) {
      await guest.rest(GLANCE_EVERY_MS)
      await guest.look('glance')
    }
    await guest.comeBack('restart')
    await guest.answer()
    await guest.rest(GLANCE_EVERY_MS)
    await guest.look('glance')
  }

/** Lets the token run out, loses the answer to the renewal, and has a token used twice. */
export const renewsTokens: Play = async (guest, { platform, clock, settings }) => {
  const { api, refusals } = platform
  const accessUs = settings.accessTokenSeconds * 1_000_000 - WHOLE_SECOND_US
  const graceUs = settings.refreshGraceSeconds * 1_000_000
  const renew = async (
    what: string,
    refreshToken: string,
    expected: Script<Tokens>['expected'],
    latestUs?: number,
    again = expected,
  ) => {
    const done = await guest.play({
      story: 'tokens',
      what,
      expected,
      renews: false,
      ...(latestUs === undefined ? {} : { latestUs }),
      turnsOut: (_, tries) => (tries === 1 ? undefined : { story: 'tokens', what, expected: again }),
      wish: () => ({ f: 'refresh-token', call: api.refreshToken(refreshToken) }),
    })
    if (done.reply !== undefined) guest.useTokens(done.reply)
    return done
  }
  const carryOn = (what: string, expected: Script<unknown>['expected'], latestUs?: number) =>
    guest.play({
      story: 'tokens',
      what,
      expected,
      renews: false,
      ...(latestUs === undefined ? {} : { latestUs }),
      wish: () => ({
        f: 'read-session',
        session: guest.session(),
        call: api.readSession(guest.tokens(), guest.session()),
      }),
    })

  await guest.logIn()
  await guest.start()
  await guest.answer()
  await guest.logIn()
  await guest.rest(settings.accessTokenSeconds * 1_000 + MARGIN_MS)
  await carryOn('ask with a token whose time is over', refusals.to.expiredToken)
  const { refreshToken: first } = guest.tokens()
  const usedUs = clock.nowUs()
  // Tried again after an outage, it may be the second use of the token, and after the grace.
  await renew('renew the tokens', first, { status: 200 }, usedUs + graceUs)
  await carryOn('carry on with the renewed token', { status: 200 }, usedUs + accessUs)
  await renew('renew again with the old token after a lost answer', first, { status: 200 }, usedUs + graceUs)
  await carryOn('carry on with the token of the second renewal', { status: 200 }, usedUs + accessUs)
  const { refreshToken: newest } = guest.tokens()
  await guest.rest(settings.refreshGraceSeconds * 1_000 + MARGIN_MS)
  const reused = refusals.to.reusedRefreshToken
  // The first try ended the family, and may do so without its answer being heard: then the same token has another fault.
  await renew('use the old token once more after the grace', first, reused, undefined, { status: reused.status })
  await renew('use the newest token of that family', newest, { status: 401 })
  await guest.logIn()
  await guest.comeBack('reload')
}

/** Logs out in the middle of the exam and comes back. */
export const logsOut: Play = async (guest, { platform }) => {
  const { api, capabilities } = platform
  await guest.logIn()
  await guest.start()
  await guest.answer()
  await guest.answer()
  const step = { story: 'log-out', renews: false } as const
  let left = guest.tokens()
  let isUnclear = false
  const logOut = (turnsOut?: Script<unknown>['turnsOut']) =>
    guest.play({
      ...step,
      what: 'log out',
      expected: { status: 200 },
      ...(turnsOut === undefined ? {} : { turnsOut }),
      wish: () => ({ f: 'logout', call: api.logout(left) }),
    })
  // An earlier try may have logged out without its answer being heard, or the token be over since: then nobody knows.
  await logOut(({ outcome }, tries) => {
    isUnclear = tries > 1 && outcome === 'fail'
    return isUnclear ? { story: 'any', what: 'log out once more after an outage', expected: null } : undefined
  })
  if (isUnclear) {
    await guest.logIn()
    left = guest.tokens()
    // One outage is over by now: a log-out whose answer is lost each time is broken.
    await logOut()
  }
  const renewing = 'renew after the log-out'
  if (isPossible(renewing, capabilities)) {
    await guest.play({
      ...step,
      what: renewing,
      expected: { status: 401 },
      wish: () => ({ f: 'refresh-token', call: api.refreshToken(left.refreshToken) }),
    })
  }
  await guest.logIn({ story: 'log-out', what: 'log in again' })
  await guest.comeBack('log-out')
  await guest.answer({ story: 'log-out', what: 'answer after the log-in', expected: { status: 200 } })
}

/** Answers questions for the first time on two devices at the same instant: of two first answers one must not be refused. */
export const answersOnTwoDevices: Play = async (guest) => {
  await guest.logIn()
  await guest.start()
  for (let round = 0; round < FIRST_ANSWERS_AT_ONCE; round += 1) {
    await guest.answerOnTwoDevices('second-device')
    await guest.rest(READS_FOR_MS)
  }
}

/** Has little time and a clock that says there is plenty. */
export const comesLate: Play = async (guest, { clock, platform }) => {
  await guest.logIn()
  const startedUs = clock.nowUs()
  await guest.start(LATECOMER_SECONDS)
  const latestUs = startedUs + LATECOMER_SECONDS * 1_000_000
  const inTime = 'answer in time with a clock 10 min slow'
  await guest.answer({ story: 'clocks', what: inTime, expected: { status: 200 }, latestUs })
  // Within the grace both answers are legal.
  await guest.rest((LATECOMER_SECONDS + (platform.graceSeconds ?? 0)) * 1_000 + MARGIN_MS)
  const late = 'answer after the expiry with a clock 10 min slow'
  await guest.answer({ story: 'clocks', what: late, expected: platform.refusals.to.sessionClosed })
}

/** Does everything wrong that a candidate, or the client of one, can do wrong. */
export const runsIntoErrors: Play = async (guest, { platform, settings, examId, otherSession }) => {
  const { api, refusals, capabilities } = platform
  const { to } = refusals
  await guest.logIn()
  await guest.start()
  await guest.answer()
  const { account } = guest
  const provoke = async (
    what: string,
    expected: ExpectedRefusal,
    wish: Script<unknown>['wish'],
    more: Pick<Script<unknown>, 'renews'> = {},
  ) => {
    if (isPossible(what, capabilities)) await guest.play({ story: 'errors', what, expected, wish, ...more })
  }
  // Without the guest's own token none of it can have run out, though a platform may refuse both with the same words.
  const withoutToken = { renews: false }
  /** A log-in as these people send it, with another body where there is one to be had. */
  const asLogin =
    (credentials: Credentials, changed: (body: string | undefined) => string | undefined = (body) => body) =>
    async () => {
      const login = api.login(credentials, await guest.openLogin())
      const body = changed(login.body)
      return { f: 'login', call: { ...login, ...(body === undefined ? {} : { body }) } } as const
    }
  const withHeaders = (headers: Call<unknown>['headers']) => () =>
    ({ f: 'current-session', call: { ...api.currentSession(guest.tokens(), examId), headers } }) as const
  const reading = (session: string) => () =>
    ({ f: 'read-session', session, call: api.readSession(guest.tokens(), session) }) as const

  await provoke('no token', to.noToken, withHeaders({}), withoutToken)
  await provoke('unreadable token', to.unreadableToken, withHeaders(authorisation(api, UNREADABLE)), withoutToken)
  await provoke(
    'body that is no JSON',
    to.malformedBody,
    asLogin(account, () => '{"email": '),
    withoutToken,
  )
  const withoutField = asLogin(account, (body) => withoutPassword(body, account.password))
  await provoke('field missing', to.missingField, withoutField, withoutToken)
  const large = asLogin({ ...account, password: 'x'.repeat(TOO_LARGE_BYTES) })
  await provoke('body too large', to.largeBody, large, withoutToken)
  await guest.provoke('address that does not exist', to.unknownAddress, {
    method: 'GET',
    path: addressBeside(api.readSession(guest.tokens(), examId).path),
    headers: {},
  })
  const nobodys = unknownSession(guest.session(), guest.startKey)
  await provoke('session that does not exist', to.unknownSession, reading(nobodys))
  await provoke('session of somebody else', to.foreignSession, reading(await otherSession))
  await provoke('review before handing in', to.reviewTooEarly, () => ({
    f: 'review',
    session: guest.session(),
    call: api.review(guest.tokens(), guest.session()),
  }))
  const { startKey } = guest
  const other = { year: 2026, blocks: ['Z'], count: 1, durationSeconds: 60 }
  await provoke('same key, other request', to.keyConflict, () => ({
    f: 'create-session',
    idempotencyKey: startKey,
    call: api.createSession(guest.tokens(), { examId, idempotencyKey: startKey, paper: other }),
  }))
  let isUnclear = false
  await guest.play({
    story: 'any',
    what: 'hand in',
    expected: { status: 200 },
    // An earlier try may have handed in without its answer being heard, and only a key promises to hear it again.
    turnsOut: ({ outcome, reason, response }, tries) => {
      if (tries === 1 || outcome !== 'fail' || response === undefined || capabilities.idempotentSubmit) return undefined
      if (reason === 'session-closed') return { story: 'any', what: 'hand in', expected: { status: response.status } }
      isUnclear = true
      return { story: 'any', what: 'hand in once more after an outage', expected: null }
    },
    wish: () => ({
      f: 'submit',
      session: guest.session(),
      idempotencyKey: startKey,
      call: api.submit(guest.tokens(), guest.session(), startKey),
    }),
  })
  if (!isUnclear) {
    await guest.answer({
      story: 'errors',
      what: 'answer after handing in',
      expected: to.sessionClosed,
    })
  }
  const wrong = asLogin({ ...account, password: 'not the password' })
  await provoke('wrong password', to.wrongPassword, wrong, withoutToken)
  for (let tries = 0; tries < settings.loginLimitPerEmail + LOGINS_ABOVE_LIMIT; tries += 1) {
    const done = await guest.play({
      story: 'any',
      what: 'log in once too often',
      expected: null,
      renews: false,
      wish: wrong,
      turnsOut: ({ response }) =>
        response?.status === to.tooManyLogIns.status
          ? { story: 'errors', what: 'too many log-ins', expected: to.tooManyLogIns }
          : undefined,
    })
    if (done.response?.status === to.tooManyLogIns.status) return
  }
}

/** The body of a log-in without the field that has the password; undefined where there is no body. */
function withoutPassword(body: string | undefined, password: string): string | undefined {
  return body === undefined ? undefined : withFields(body, (fields) => fields.filter(([, value]) => value !== password))
}

/** Nothing is there, below the first part of an address at which something is: `/v1/no-such-address`. */
function addressBeside(path: string): string {
  return `/${path.split('/')[1]}/no-such-address`
}

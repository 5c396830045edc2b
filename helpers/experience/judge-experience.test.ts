import { describe, expect, test } from 'vitest'
import type { FaultWindow } from '../checkers/checker.ts'
import reference from '../platform/reference-platform.ts'
import { redactText } from '../redact.ts'
import { judgeExperience, STEPS } from './judge-experience.ts'
import type { LookMoment, Moment, Occasion, StepMoment, StuckMoment } from './moments.ts'

const SECOND = 1_000_000
const RESTART = [{ name: 'backend-restarted', fromUs: 20 * SECOND, toUs: 24 * SECOND }]
/** Well again 4 s after the restart. */
const TROUBLE = [{ name: 'backend-restarted', fromUs: 20 * SECOND, toUs: 28 * SECOND }]
const ANSWERS = [{ question: 'q-1', version: 1, value: 3 }]

function look(occasion: Occasion, atS: number, changed: Partial<LookMoment> = {}): LookMoment {
  return {
    kind: 'look',
    candidate: 'c-41',
    requestId: `look-${atS}`,
    sentUs: atS * SECOND,
    completedUs: atS * SECOND + 10_000,
    occasion,
    clockOffMs: 600_000,
    session: 's-1',
    status: 'ACTIVE',
    remainingSeconds: 100 - atS,
    answers: ANSWERS,
    known: { session: 's-1', paper: ['q-1'], answers: ANSWERS },
    ...changed,
  }
}

function step(story: StepMoment['story'], what: string, changed: Partial<StepMoment> = {}): StepMoment {
  return {
    kind: 'step',
    candidate: 'c-42',
    requestId: 'r-1',
    sentUs: SECOND,
    completedUs: SECOND,
    story,
    what,
    expected: { status: 200 },
    status: 200,
    code: null,
    refusal: null,
    ...changed,
  }
}

/** Everything happened, and everything was as promised. */
function goodDay(): Moment[] {
  const looks = (['started', 'reload', 'second-device', 'log-out'] as const).map((occasion, at) =>
    look(occasion, at + 5),
  )
  const slow = { candidate: 'c-43', clockOffMs: -600_000 }
  return [
    ...looks,
    look('restart', 25),
    look('started', 5, slow),
    look('restart', 26, slow),
    ...(Object.keys(STEPS) as (keyof typeof STEPS)[]).flatMap((story) => STEPS[story].map((what) => step(story, what))),
  ]
}

function judge(moments: readonly Moment[], id: string, restarts = RESTART, trouble: readonly FaultWindow[] = TROUBLE) {
  const verdict = judgeExperience(moments, restarts, trouble, reference).find((one) => one.id === id)
  if (verdict === undefined) throw new Error(`no check ${id}`)
  return verdict
}

const CHECKS = [
  'resume',
  'timer',
  'token-renewal',
  'logout-keeps-session',
  'server-decides-time',
  'clear-errors',
  'nobody-stuck',
]

test.each(CHECKS)('%s holds on a good day, and is unknown when nothing happened', (id) => {
  expect(judge(goodDay(), id)).toMatchObject({ valid: true, violations: 0 })
  expect(judge([], id).valid).toBe('unknown')
})

describe('resume', () => {
  test.each([
    ['to another session', { session: 's-2' }],
    ['to a closed session', { status: 'EXPIRED' }],
    ['to another paper', { answers: [...ANSWERS, { question: 'q-9', version: null, value: null }] }],
    ['to an older answer', { answers: [{ question: 'q-1', version: null, value: null }] }],
  ] as const)('%s is false, and says whose', (_, changed) => {
    const verdict = judge([...goodDay(), look('second-device', 12, changed)], 'resume')
    expect(verdict).toMatchObject({ valid: false, affected: ['c-41'] })
    expect(verdict.examples[0]?.requestIds).toEqual(['look-12'])
  })

  test('that finds no session is false', () => {
    const lost = step('resume', 'current-session (second-device)', { status: 404, code: 'SESSION_NOT_FOUND' })
    expect(judge([...goodDay(), lost], 'resume').valid).toBe(false)
  })

  test('that shows choices without their versions is held to the choices', () => {
    const [kept] = ANSWERS
    const shown = (value: number | null) =>
      look('second-device', 12, { answers: [{ question: 'q-1', version: null, value }] })
    expect(judge([...goodDay(), shown(kept?.value ?? null)], 'resume').valid).toBe(true)
    expect(judge([...goodDay(), shown(4)], 'resume').valid).toBe(false)
  })

  test('of a platform that lists only what was answered is to questions of the paper', () => {
    const known = { session: 's-1', paper: ['q-2', 'q-1'], listsAnswered: true, answers: ANSWERS } as const
    const back = (answers: LookMoment['answers']) =>
      judge([...goodDay(), look('second-device', 12, { known, answers })], 'resume')
    expect(back(ANSWERS).valid).toBe(true)
    expect(back([]).reason).toMatch(/the answer to q-1 was nothing/)
    expect(back([...ANSWERS, { question: 'q-9', version: 1, value: 1 }]).reason).toMatch(/the paper was another one/)
  })

  test('where no versions are told, what was chosen must be there', () => {
    const blind = { ...reference, capabilities: { ...reference.capabilities, answerVersions: false } }
    const day = (value: number | null) => [
      ...goodDay().map((moment) =>
        moment.kind === 'look'
          ? { ...moment, answers: moment.answers.map((answer) => ({ ...answer, version: null })) }
          : moment,
      ),
      look('second-device', 12, { answers: [{ question: 'q-1', version: null, value }] }),
    ]
    const resume = (value: number | null) =>
      judgeExperience(day(value), RESTART, TROUBLE, blind).find(({ id }) => id === 'resume')
    const [kept] = ANSWERS
    expect(resume(kept?.value ?? null)).toMatchObject({ valid: true })
    expect(resume(null)).toMatchObject({ valid: false })
    expect(resume(4)).toMatchObject({ valid: false })
  })

  test('is unknown when nobody came back after the restart, or only to an empty exam', () => {
    const others = goodDay().filter((moment) => moment.kind !== 'look' || moment.occasion !== 'restart')
    expect(judge(others, 'resume').valid).toBe('unknown')
    const empty = look('restart', 25, { known: { session: 's-1', paper: ['q-1'], answers: [] } })
    expect(judge([...others, empty], 'resume').valid).toBe('unknown')
  })

  test('is unknown when the look after the restart came before it', () => {
    expect(judge([...goodDay(), look('restart', 12)], 'resume').valid).toBe('unknown')
  })
})

describe('logout-keeps-session', () => {
  test('is false when the answers are gone after the log-in', () => {
    const gone = look('log-out', 12, { answers: [{ question: 'q-1', version: null, value: null }] })
    expect(judge([...goodDay(), gone], 'logout-keeps-session').valid).toBe(false)
  })

  test('is false when the old tokens still work', () => {
    const renewed = step('log-out', 'renew after the log-out', { expected: { status: 401 }, status: 200 })
    expect(judge([...goodDay(), renewed], 'logout-keeps-session').valid).toBe(false)
  })
})

test.each([
  ['log-out', 'log out', 204, 'logout-keeps-session'],
  ['any', 'start', 200, 'nobody-stuck'],
  ['any', 'hand in', 202, 'nobody-stuck'],
] as const)('%s: a %s that is answered with another success, and read as one, is as promised: %i', (...given) => {
  const [story, what, status, check] = given
  const expected = { status: what === 'start' ? 201 : 200 }
  expect(judge([...goodDay(), step(story, what, { expected, status })], check).valid).toBe(true)
  expect(judge([...goodDay(), step(story, what, { expected, status: 404 })], check).valid).toBe(false)
})

test('a log-in that is answered by a redirect is as promised where the adapter reads that as a success, and not otherwise', () => {
  const redirected = (more: Partial<StepMoment>) =>
    judge([...goodDay(), step('any', 'log in', { status: 302, ...more })], 'nobody-stuck').valid
  expect(redirected({ accepted: true })).toBe(true)
  expect(redirected({})).toBe(false)
  // A refusal that was promised is none.
  const refused = step('errors', 'wrong password', { expected: { status: 401 }, status: 302, accepted: true })
  expect(judge([...goodDay(), refused], 'clear-errors').valid).toBe(false)
})

describe('timer', () => {
  test.each([
    ['gained', 95, { remainingSeconds: 99 }],
    ['lost', 30, { remainingSeconds: 50 }],
    ['no time', 30, { remainingSeconds: Number.NaN }],
  ] as const)('%s more than 2 s is false', (_, atS, changed) => {
    const verdict = judge([...goodDay(), look('glance', atS, changed)], 'timer')
    expect(verdict.valid).toBe(false)
  })

  test('a little more than nothing holds', () => {
    expect(judge([...goodDay(), look('glance', 30, { remainingSeconds: 71.9 })], 'timer').valid).toBe(true)
  })

  test('is unknown without a restart between two looks, and without a clock that is wrong in either way', () => {
    expect(judge(goodDay(), 'timer', []).valid).toBe('unknown')
    const fast = goodDay().filter(({ candidate }) => candidate !== 'c-43')
    expect(judge(fast, 'timer').valid).toBe('unknown')
  })
})

describe('the steps of a story', () => {
  const reuse = 'use the old token once more after the grace'

  test('answered otherwise than promised are false', () => {
    const wrong = step('tokens', reuse, { expected: { status: 401, code: 'REFRESH_TOKEN_REUSE' }, status: 200 })
    expect(judge([...goodDay(), wrong], 'token-renewal').valid).toBe(false)
    const otherCode = { ...wrong, status: 401, code: 'UNAUTHENTICATED' }
    expect(judge([...goodDay(), otherCode], 'token-renewal').valid).toBe(false)
  })

  test('that were not come to, or answered too late to mean anything, are unknown', () => {
    const without = goodDay().filter((moment) => moment.kind !== 'step' || moment.what !== reuse)
    expect(judge(without, 'token-renewal')).toMatchObject({ valid: 'unknown', reason: `not tested: ${reuse}` })
    expect(judge([...without, step('tokens', reuse, { status: null })], 'token-renewal').valid).toBe('unknown')
  })

  test('a late answer that is accepted because the client says so is false', () => {
    const late = step('clocks', 'answer after the expiry with a clock 10 min slow', { expected: { status: 409 } })
    expect(judge([...goodDay(), late], 'server-decides-time').valid).toBe(false)
  })
})

describe('clear-errors', () => {
  test('one unclear refusal of any story is false', () => {
    const refusal = { status: 500, contentType: 'text/html', requestId: null, retryAfter: null, body: '<h1>oops</h1>' }
    const verdict = judge([...goodDay(), step('any', 'answer', { status: 500, refusal })], 'clear-errors')
    expect(verdict.valid).toBe(false)
    expect(verdict.reason).toMatch(/answer: 500/)
  })

  test('is unknown when nobody was ever sent away for a while', () => {
    const without = goodDay().filter((moment) => moment.kind !== 'step' || moment.what !== 'too many log-ins')
    expect(judge(without, 'clear-errors').valid).toBe('unknown')
  })

  test('is not judged where that is all that is missing, and nobody can lower the limit of log-ins', () => {
    const { environment: _, ...fixed } = reference
    const judged = (skipped: readonly string[], more: readonly Moment[] = []) => {
      const day = goodDay().filter((moment) => moment.kind !== 'step' || !skipped.includes(moment.what))
      return judgeExperience([...day, ...more], RESTART, TROUBLE, fixed).find(({ id }) => id === 'clear-errors')
    }
    expect(judged(['too many log-ins'])).toMatchObject({
      valid: 'not-judged',
      reason: expect.stringContaining('the limit of log-ins was not reached'),
    })
    expect(judged([])?.valid).toBe(true)
    expect(judged(['too many log-ins', 'no token'])?.valid).toBe('unknown')
    const refusal = { status: 500, contentType: 'text/html', requestId: null, retryAfter: null, body: '<h1>oops</h1>' }
    const oops = step('any', 'answer', { status: 500, refusal })
    expect(judged(['too many log-ins'], [oops])?.valid).toBe(false)
  })
})

describe('nobody-stuck', () => {
  const at = (fromS: number, toS: number) => ({ sentUs: fromS * SECOND, completedUs: toS * SECOND })
  const stuck = (sinceS: number, toS: number, changed: Partial<StuckMoment> = {}): StuckMoment => ({
    kind: 'stuck',
    candidate: 'c-44',
    requestId: 'r-60',
    sentUs: toS * SECOND - 10_000,
    completedUs: toS * SECOND,
    sinceUs: sinceS * SECOND,
    what: 'start',
    cause: 'no-answer',
    tries: 60,
    status: 503,
    seen: '503 NOT_READY',
    ...changed,
  })
  const verdictOf = (...more: Moment[]) => judge([...goodDay(), ...more], 'nobody-stuck')

  test('a guest that gave up while nothing was broken is false, and says who, at what, and what was seen', () => {
    const verdict = verdictOf(stuck(40, 56))
    expect(verdict).toMatchObject({ valid: false, affected: ['c-44'], violations: 1 })
    expect(verdict.examples[0]?.requestIds).toEqual(['r-60'])
    expect(verdict.reason).toMatch(/start was tried 60 times in vain over 16\.0 s, .*503 NOT_READY/)
  })

  test('a guest that gave up is unknown where a fault or its recovery explains it, and false long after', () => {
    expect(verdictOf(stuck(19, 35)).valid).toBe('unknown')
    expect(verdictOf(stuck(21, 40)).valid).toBe(false)
  })

  test('faults that overlap explain no second twice', () => {
    const within = { name: 'redis-refused', fromUs: 21 * SECOND, toUs: 26 * SECOND }
    expect(judge([...goodDay(), stuck(14, 33)], 'nobody-stuck', RESTART, [...TROUBLE, within]).valid).toBe(false)
  })

  test('a fault from which the platform never recovered explains everything after it', () => {
    const open = [{ name: 'backend-restarted', fromUs: 20 * SECOND, toUs: null }]
    expect(judge([...goodDay(), stuck(40, 56)], 'nobody-stuck', RESTART, open).valid).toBe('unknown')
  })

  test('the end of the load is no violation: soon it says nothing, after seconds in vain it is unknown', () => {
    expect(verdictOf(stuck(58, 59, { cause: 'load-over' })).valid).toBe(true)
    expect(verdictOf(stuck(21, 27, { cause: 'load-over' })).valid).toBe(true)
    expect(verdictOf(stuck(50, 59, { cause: 'load-over' })).valid).toBe('unknown')
  })

  test.each([
    ['refused', { status: 403, code: 'FORBIDDEN' }],
    ['answered as a success that is none', { unreadable: 'unparsable-body' }],
    ['answered with another success that its adapter reads as none', { status: 204, unreadable: 'forbidden' }],
    ['redirected', { status: 302 }],
  ])('a log-in, start, answer or hand-in that is %s is false', (_, changed) => {
    const wrong = step('any', 'start', { ...at(40, 40), ...changed })
    expect(verdictOf(wrong)).toMatchObject({ valid: false, violations: 1 })
    const after = stuck(40, 40, { cause: 'answer', requestId: wrong.requestId })
    expect(verdictOf(wrong, after)).toMatchObject({ valid: false, violations: 1 })
  })

  test('what is refused while the platform is broken is unknown', () => {
    expect(verdictOf(step('any', 'answer', { ...at(22, 22), status: 401, code: 'UNAUTHENTICATED' })).valid).toBe(
      'unknown',
    )
  })

  test('a guest that nobody could go on as is false, whatever the status was', () => {
    const looked = stuck(40, 40, {
      cause: 'answer',
      what: 'find a question on the paper',
      status: 200,
      seen: '200 success',
    })
    expect(verdictOf(looked)).toMatchObject({ valid: false, violations: 1 })
  })

  test('without a promise, or answered too late to mean anything, is no violation', () => {
    const free = step('any', 'log in once too often', { expected: null, status: 401 })
    expect(verdictOf(free, step('any', 'answer', { status: null })).valid).toBe(true)
  })

  test('nobody need answer on two devices at once where no version says which answer is newer', () => {
    const what = 'answer on two devices at once'
    const without = goodDay().filter((moment) => moment.kind !== 'step' || moment.what !== what)
    const blind = { ...reference, capabilities: { ...reference.capabilities, answerVersions: false } }
    const verdicts = judgeExperience(without, RESTART, TROUBLE, blind)
    expect(verdicts.find(({ id }) => id === 'nobody-stuck')).toMatchObject({ valid: true })
  })

  test.each(['hand in', 'answer on two devices at once'])('is unknown when nobody was seen to %s', (what) => {
    const without = goodDay().filter((moment) => moment.kind !== 'step' || moment.what !== what)
    expect(judge(without, 'nobody-stuck')).toMatchObject({ valid: 'unknown', reason: `not tested: ${what}` })
  })

  test('of two first answers at once one is refused: false, and not excused by the other', () => {
    const refused = step('any', 'answer on two devices at once', { status: 500, code: 'INTERNAL_ERROR' })
    expect(verdictOf(refused)).toMatchObject({ valid: false, violations: 1 })
  })

  test('a success of any story that does not say what was asked for is false', () => {
    const empty = step('resume', 'current-session (reload)', { unreadable: 'echo-mismatch' })
    expect(judge([...goodDay(), empty], 'resume').valid).toBe(false)
  })
})

describe('no step is told in words that read like a secret', () => {
  const steps = (Object.keys(STEPS) as (keyof typeof STEPS)[]).flatMap((story) =>
    STEPS[story].map((what) => [what, story] as const),
  )
  const told = (moments: readonly Moment[]) =>
    judgeExperience(moments, RESTART, TROUBLE, reference).flatMap(({ reason, examples }) => [
      ...(reason === undefined ? [] : [reason]),
      ...examples.map(({ summary }) => summary),
    ])
  const refusal = { status: 401, contentType: null, requestId: null, retryAfter: null, body: '' }
  const lost = { kind: 'stuck', candidate: 'c-45', requestId: 'r-9', sinceUs: 40 * SECOND } as const
  const stuck = {
    ...lost,
    sentUs: 56 * SECOND,
    completedUs: 56 * SECOND,
    tries: 60,
    status: 503,
    seen: '503 NOT_READY',
  }

  test.each(steps)('%s', (what, story) => {
    const wrong = told([...goodDay(), step(story, what, { status: 401, refusal })])
    const vain = told([...goodDay(), { ...stuck, what, cause: 'no-answer' }])
    const last = told([...goodDay(), { ...stuck, what, cause: 'answer' }])
    const cutOff = told([...goodDay(), { ...stuck, what, cause: 'load-over' }])
    const untried = told(goodDay().filter((moment) => moment.kind !== 'step' || moment.what !== what))
    for (const texts of [wrong, vain, last, cutOff, untried]) {
      expect(texts.join()).toContain(what)
      expect(texts.map(redactText)).toEqual(texts)
    }
  })
})

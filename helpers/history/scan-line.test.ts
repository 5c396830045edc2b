import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyEvent, createOperationColumns } from './operation-columns.ts'
import { createOperationTable } from './operation-table.ts'
import { ABSENT, createLineScanner, NULL, TOLD } from './scan-line.ts'
import { createTextPool } from './text-pool.ts'
import { createTextTable } from './text-table.ts'

const INVOKE = {
  ...{ type: 'invoke', index: 0, timeUs: 1.5, intendedUs: 1, candidate: 'c-1', connection: 'main', f: 'save-answer' },
  ...{ step: 'steady', requestId: 'r-1', attempt: 1 },
  ...{ session: 's-1', question: 'q-1', version: 3, value: 2, nonce: 'n-1', idempotencyKey: 'k-1' },
}
const ECHO = {
  ...{ kind: 'answer', session: 's-1', superseded: false, question: 'q-1', version: 3, value: 2, nonce: 'n-1' },
  marked: true,
}
const DONE = {
  ...{
    type: 'ok',
    index: 1,
    timeUs: 2.5,
    invocation: 0,
    reason: 'success',
    status: 200,
    errorCode: 'E',
    worker: 'w-1',
  },
  told: ECHO,
}
const MUST_BE_ASKED = [
  ...['index', 'timeUs', 'intendedUs', 'candidate', 'connection', 'f', 'step', 'requestId', 'attempt'],
] as const
const MAY_BE_ASKED = ['session', 'question', 'version', 'value', 'nonce', 'idempotencyKey'] as const
const MUST_BE_ANSWERED = ['index', 'timeUs', 'invocation', 'reason'] as const
const MAY_BE_ANSWERED = ['status', 'errorCode', 'worker', 'told'] as const

const without = (event: object, ...keys: readonly string[]) =>
  Object.fromEntries(Object.entries(event).filter(([key]) => !keys.includes(key)))

/** Once for all tests: a scanner also has to forget the lines before. */
const columns = createOperationColumns()

/** The event that is read from a line that stands among other bytes; undefined: it must be parsed. */
function eventOf(line: string, { behind = '\n', asked = INVOKE as object } = {}): unknown {
  const scan = (text: string, following: string) => {
    const bytes = Buffer.from(`{,"${text}${following}`)
    return columns.scan(bytes, 3, bytes.length - Buffer.byteLength(following))
  }
  if (line.startsWith('{"type":"invoke"')) {
    return scan(line, behind) === null ? undefined : copyEvent(columns.invocation(columns.push()))
  }
  expect(scan(JSON.stringify(asked), '\n')?.isInvocation).toBe(true)
  const at = columns.push()
  const found = scan(line, behind)
  if (found === null || !columns.complete(at)) return undefined
  return { ...copyEvent(columns.completion(at, found.index)), invocation: found.invocation }
}

const read = (event: object, asked?: object) => eventOf(JSON.stringify(event), asked === undefined ? {} : { asked })

describe('what an event has', () => {
  test('with any of what it may have and may lack, it is read as it was written', () => {
    fc.assert(
      fc.property(fc.subarray([...MAY_BE_ASKED]), fc.subarray([...MAY_BE_ANSWERED]), (lacks, lacksToo) => {
        const asked = without(INVOKE, ...lacks)
        expect(read(asked)).toStrictEqual(asked)
        for (const type of ['ok', 'fail', 'info']) {
          const done = without({ ...DONE, type }, ...lacksToo)
          expect(read(done, asked)).toStrictEqual(done)
        }
      }),
    )
  })

  test.each(MUST_BE_ASKED)('an invocation without %s is left to be parsed', (key) => {
    expect(read(without(INVOKE, key))).toBeUndefined()
  })

  test.each(['invocation', ...MUST_BE_ANSWERED.slice(3), ...MAY_BE_ANSWERED] as const)(
    'an invocation with %s is left to be parsed',
    (key) => {
      expect(read({ ...INVOKE, [key]: DONE[key] })).toBeUndefined()
    },
  )

  test.each(MUST_BE_ANSWERED)('a completion without %s is left to be parsed', (key) => {
    expect(read(without(DONE, key))).toBeUndefined()
  })

  test.each([...MUST_BE_ASKED.slice(2), ...MAY_BE_ASKED])('a completion with %s is left to be parsed', (key) => {
    expect(read({ ...without(DONE, 'told'), [key]: INVOKE[key as keyof typeof INVOKE], told: ECHO })).toBeUndefined()
  })

  test('nothing of the line before is left in the next one', () => {
    const table = createOperationTable()
    const bare = without({ ...INVOKE, index: 2, requestId: 'r-2' }, ...MAY_BE_ASKED)
    const lines = [INVOKE, DONE, bare, without({ ...DONE, index: 3, invocation: 2 }, ...MAY_BE_ANSWERED)]
    for (const line of lines.map((event) => Buffer.from(JSON.stringify(event)))) {
      expect(table.addLine(line, 0, line.length)).toBe(true)
    }
    expect([...table.events()].map(copyEvent)).toStrictEqual(lines)
    const torn = Buffer.from(JSON.stringify(without(INVOKE, 'intendedUs', 'attempt')))
    expect(table.addLine(torn, 0, torn.length)).toBe(false)
  })
})

describe('numbers', () => {
  const withNumber = (key: string, number: string) =>
    JSON.stringify({ ...INVOKE, [key]: '?' }).replace(`"${key}":"?"`, `"${key}":${number}`)

  test.each(['0', '9', '10', '2147483647', '999999999999999', '0.5', '1.50', '12345678901234.5', '0.00000000000001'])(
    '%s is read as it was written',
    (number) => {
      for (const key of ['timeUs', 'intendedUs']) {
        for (const text of [number, `-${number}`]) {
          const line = withNumber(key, text)
          expect(eventOf(line)).toStrictEqual(JSON.parse(line))
        }
      }
    },
  )

  test('whatever number it is, it is read as a reader of JSON would', () => {
    const digits = fc.integer({ min: 0, max: 99_999_999 })
    fc.assert(
      fc.property(digits, fc.option(fc.stringMatching(/^\d{1,7}$/)), fc.boolean(), (whole, decimals, isNegative) => {
        const line = withNumber('timeUs', `${isNegative ? '-' : ''}${whole}${decimals === null ? '' : `.${decimals}`}`)
        expect(eventOf(line)).toStrictEqual(JSON.parse(line))
      }),
    )
  })

  test.each(['', '-', '.5', '1.', '-.5', '00', '01', '-01', '00.5', '1e3', '1E3', '+1', '1/2', '1:2', '1,2', '1 '])(
    '%s is left to be parsed',
    (number) => {
      for (const key of ['index', 'timeUs', 'intendedUs', 'attempt', 'version']) {
        expect(eventOf(withNumber(key, number))).toBeUndefined()
      }
      const invocation = JSON.stringify(DONE).replace('"invocation":0', `"invocation":${number}`)
      expect(eventOf(invocation)).toBeUndefined()
    },
  )

  test.each(['1000000000000000', '0.000000000000001', '123456789012345.6'])(
    '%s has more digits than are exact, and is left to be parsed',
    (number) => {
      expect(eventOf(withNumber('timeUs', number))).toBeUndefined()
    },
  )

  test.each(['attempt', 'version', 'value'])('%s counts: from 0 to what 32 bits hold', (key) => {
    for (const number of ['0', '1', '2147483647']) {
      const line = withNumber(key, number)
      expect(eventOf(line)).toStrictEqual(JSON.parse(line))
    }
    for (const number of ['-1', '-0', '1.5', '2147483648', '-2147483647', '-2147483648', 'true', '"1"']) {
      expect(eventOf(withNumber(key, number)), number).toBeUndefined()
    }
  })

  test('only a value may be null', () => {
    const line = withNumber('value', 'null')
    expect(eventOf(line)).toStrictEqual(JSON.parse(line))
    for (const key of Object.keys(without(INVOKE, 'type', 'value'))) {
      expect(eventOf(withNumber(key, 'null')), key).toBeUndefined()
    }
  })
})

describe('texts', () => {
  const withText = (key: string, text: string) => JSON.stringify({ ...INVOKE, [key]: '?' }).replace('"?"', text)

  test.each(Array.from({ length: 130 }, (_, code) => String.fromCharCode(code)))(
    '%j is a letter or a reason',
    (letter) => {
      for (const key of ['step', 'requestId', 'session']) {
        const isPlain = letter >= ' ' && letter < '\u0080' && letter !== '"' && letter !== '\\'
        const line = withText(key, `"a${letter}b"`)
        expect(eventOf(line)).toEqual(isPlain ? JSON.parse(line) : undefined)
      }
    },
  )

  test.each(['a"', '"a', 'a', '"a""', "'a'", '"a"b', '"a\t', '"a\\\\', '[]', 'true'])(
    '%s is left to be parsed',
    (text) => {
      for (const key of Object.keys(without(INVOKE, 'type'))) expect(eventOf(withText(key, text)), key).toBeUndefined()
    },
  )

  test('a text that begins like the one before, or goes on like it, is another one', () => {
    const table = createOperationTable()
    const connections = ['main', 'main-2', 'mai', 'main', '', 'nain', 'maim']
    const events = connections.map((connection, index) => ({ ...INVOKE, index, connection }))
    for (const line of events.map((event) => Buffer.from(JSON.stringify(event)))) {
      expect(table.addLine(line, 0, line.length)).toBe(true)
    }
    expect([...table.events()].map(copyEvent)).toStrictEqual(events)
  })
})

describe('where a line ends', () => {
  test('one that is cut off is left to be parsed, also where its rest stands behind it', () => {
    for (const event of [INVOKE, DONE, without(DONE, 'told')]) {
      const line = JSON.stringify(event)
      for (let cut = 1; cut < line.length; cut++) {
        const seen = line.slice(0, cut)
        expect(eventOf(seen, { behind: line.slice(cut) }), seen).toBeUndefined()
      }
    }
  })

  test('what stands behind it is no part of it', () => {
    for (const behind of ['', '}', ',"worker":"w-2"}', '"', '0', ',']) {
      expect(eventOf(JSON.stringify(INVOKE), { behind })).toStrictEqual(INVOKE)
      expect(eventOf(JSON.stringify(DONE), { behind })).toStrictEqual(DONE)
    }
  })
})

describe('what was told', () => {
  const value = fc.constantFrom(
    '"s-1"',
    '"q-1"',
    '"n-1"',
    '""',
    '3',
    '2',
    'null',
    'true',
    'false',
    '-1',
    '1.5',
    '[]',
    '"ü"',
  )
  const USUAL: Readonly<Record<string, string>> = {
    ...{ kind: '"paper"', session: '"s-1"', superseded: 'false', question: '"q-1"', version: '3', value: '2' },
    ...{ nonce: '"n-1"', marked: 'false', status: '"ACTIVE"', remainingSeconds: '17.5' },
  }
  /** Members in about this order, of which some are missing, said twice or of another value. */
  const members = (keys: readonly string[]) =>
    fc
      .tuple(
        fc.subarray([...keys], { minLength: keys.length - 1 }),
        fc.option(fc.tuple(fc.constantFrom(...keys), value, fc.nat(keys.length)), { freq: 2 }),
      )
      .map(([present, change]) => {
        const said = present.map((key) => `"${key}":${USUAL[key]}`)
        if (change !== null) said.splice(change[2], present.includes(change[0]) ? 1 : 0, `"${change[0]}":${change[1]}`)
        return said.join(',')
      })
  const answers = fc
    .array(members(['question', 'version', 'value', 'nonce']), { maxLength: 3 })
    .map((list) => `[${list.map((answer) => `{${answer}}`).join(',')}]`)
  const reply = fc.oneof(
    members(['session', 'superseded', 'question', 'version', 'value', 'nonce', 'marked']).map(
      (said) => `{"kind":"answer",${said}}`,
    ),
    fc
      .tuple(members(['session', 'status', 'remainingSeconds']), answers)
      .map(([said, list]) => `{"kind":"paper",${said},"answers":${list}}`),
    fc
      .tuple(fc.constantFrom('s-1', 's-2'), answers, fc.constantFrom('', ',"more":{}'))
      .map(([session, list, more]) => `{"kind":"review","session":"${session}","answers":${list}${more}}`),
    fc.constantFrom('{"kind":"tokens"}', '{"kind":"tokens","also":1}', '{}', '{"kind":"tokens","kind":"paper"}'),
  )

  test('is read as it was written, whatever is missing, more, said twice or another value', () => {
    fc.assert(
      fc.property(reply, fc.subarray([...MAY_BE_ASKED]), (told, lacks) => {
        const line = JSON.stringify({ ...DONE, told: '?' }).replace('"?"', told)
        expect(eventOf(line, { asked: without(INVOKE, ...lacks) })).toEqual(JSON.parse(line))
      }),
      { numRuns: 1_000 },
    )
  })

  test('is read as it was written, or left to be parsed, wherever it is damaged', () => {
    const answer = { question: 'q-1', version: 1, value: null, nonce: 'n' }
    const list = { kind: 'review', session: 's-1', answers: [answer, answer] }
    const paper = { ...list, kind: 'paper', status: 'ACTIVE', remainingSeconds: 17.5 }
    for (const told of [ECHO, list, paper, { ...list, answers: [] }, { kind: 'tokens' }].map((one) =>
      JSON.stringify(one),
    )) {
      for (let at = 1; at < told.length - 1; at++) {
        for (const put of ['', '"', '{', ']', ',']) {
          const damaged = `${told.slice(0, at)}${put}${told.slice(at + 1)}`
          const line = JSON.stringify({ ...DONE, told: '?' }).replace('"?"', damaged)
          const seen = eventOf(line)
          if (seen !== undefined) expect(JSON.parse(line)).toEqual(seen)
        }
      }
    }
  })
})

describe('a reply of the usual kinds is read without being parsed', () => {
  const texts = createTextTable()
  const scanner = createLineScanner(texts, createTextPool())

  /** What the scanner makes of a reply to what was asked. */
  function toldOf(told: object | undefined, asked: object = INVOKE) {
    const scan = (event: object) => {
      const line = Buffer.from(JSON.stringify(event))
      expect(scanner.scan(line, 0, line.length)).toBe(true)
    }
    scan(asked)
    const found = { ...scanner.event }
    scan({ ...DONE, told })
    scanner.scanTold(found)
    return scanner.told
  }

  const ANSWERS = [
    { question: 'q-1', version: 3, value: 2, nonce: 'n-1' },
    { question: 'q-2', version: null, value: null },
    { value: 0, version: 0, question: '' },
  ]
  const PAPER = { kind: 'paper', session: 's-1', status: 'ACTIVE', remainingSeconds: 17.5, answers: ANSWERS }
  const REVIEW = { kind: 'review', session: 's-2', answers: ANSWERS }

  test('nothing, and tokens', () => {
    expect(toldOf(undefined).kind).toBe(TOLD.nothing)
    expect(toldOf({ kind: 'tokens' }).kind).toBe(TOLD.tokens)
  })

  test('an answer as it was asked', () => {
    for (const superseded of [true, false]) {
      for (const marked of [true, false, undefined]) {
        for (const nonce of ['n-1', undefined]) {
          const echo = { ...without(ECHO, 'nonce', 'marked'), superseded }
          const told = { ...echo, ...(nonce && { nonce }), ...(marked === undefined ? {} : { marked }) }
          const found = { kind: TOLD.echo, superseded, marked, echoesNonce: nonce !== undefined }
          expect(toldOf(told)).toMatchObject(found)
        }
      }
    }
    expect(toldOf({ ...ECHO, value: null }, { ...INVOKE, value: null }).kind).toBe(TOLD.echo)
  })

  test('a paper and a review, with none, one or several answers', () => {
    for (const count of [0, 1, 2, 3]) {
      const answers = ANSWERS.slice(0, count)
      const numbers = answers.flatMap(({ question, version, value, nonce }) => [
        ...[texts.idOf(Buffer.from(question), 0, question.length), version ?? NULL, value ?? NULL],
        nonce === undefined ? ABSENT : texts.idOf(Buffer.from(nonce), 0, nonce.length),
      ])
      const paper = toldOf({ ...PAPER, answers })
      expect(paper).toMatchObject({ kind: TOLD.paper, remainingSeconds: 17.5, answers: numbers })
      expect([paper.session, paper.status].map(texts.read)).toEqual(['s-1', 'ACTIVE'])
      const review = toldOf({ ...REVIEW, answers })
      expect(review).toMatchObject({ kind: TOLD.review, answers: numbers })
      expect(texts.read(review.session)).toBe('s-2')
    }
  })

  const first = ANSWERS[0] as object
  test.each<[string, object, object?]>([
    ['tokens and more', { kind: 'tokens', also: 1 }],
    ['another kind', { kind: 'else' }],
    ...['session', 'superseded', 'question', 'version', 'value'].map((key): [string, object] => [
      `an answer without its ${key}`,
      without(ECHO, key),
    ]),
    ...Object.entries({ session: 's-2', question: 'q-2', version: 4, value: 3, nonce: 'n-2' }).map(
      ([key, other]): [string, object] => [`an answer with another ${key}`, { ...ECHO, [key]: other }],
    ),
    ...Object.keys(without(ECHO, 'kind')).map((key): [string, object] => [
      `an answer whose ${key} is a list`,
      { ...ECHO, [key]: [] },
    ]),
    ...['session', 'question', 'version', 'value', 'nonce'].map((key): [string, object, object] => [
      `an answer whose ${key} was not asked`,
      ECHO,
      without(INVOKE, key),
    ]),
    ...['session', 'question', 'version', 'value', 'nonce'].map((key): [string, object, object] => [
      `an answer whose ${key} is a list, and was not asked`,
      { ...ECHO, [key]: [] },
      without(INVOKE, key),
    ]),
    ['an answer and more', { ...ECHO, also: 1 }],
    ...['session', 'status', 'remainingSeconds', 'answers'].flatMap((key): [string, object][] => [
      [`a paper without its ${key}`, without(PAPER, key)],
      [`a paper whose ${key} is an object`, { ...PAPER, [key]: {} }],
    ]),
    ['a paper and more', { ...PAPER, also: 1 }],
    ['a review and more', { ...REVIEW, also: 1 }],
    ['a review of no object', { ...REVIEW, answers: [1] }],
    ['a review of no object behind one', { ...REVIEW, answers: [first, 1] }],
    ...['question', 'version', 'value', 'nonce'].map((key): [string, object] => [
      `a review of an answer whose ${key} is a list`,
      { ...REVIEW, answers: [first, { ...first, [key]: [] }] },
    ]),
    ...['question', 'version', 'value'].map((key): [string, object] => [
      `a review of an answer without its ${key}`,
      { ...REVIEW, answers: [without(first, key), first] },
    ]),
    ['a review of an answer and more', { ...REVIEW, answers: [{ ...first, marked: true }] }],
    ['a review of nothing', { ...REVIEW, answers: [{}] }],
  ])('and %s is not', (_, told, asked) => {
    expect(toldOf(told, asked).kind).toBe(TOLD.other)
  })
})

import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEventLines } from './event-lines.ts'
import type { Completion, Invocation, Told } from './operation.ts'

type Asked = Omit<Invocation, 'type' | 'index'>
type Ended = Omit<Completion, 'index'>

const text = fc.oneof(
  fc.string({ maxLength: 20, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('"', '\\', '\u0000', '\u007f', 'ü', '€', '😀', '\ud800', 'x'.repeat(501), 'ü'.repeat(200_000)),
)
const number = fc.oneof(
  fc.nat(),
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.nat({ max: 1e9 }).map((us) => us / 1_000),
  fc.constantFrom(0, -0, 0.1, 0.01, 0.001, 1e6, 999_999, 999_999.999, 1e12, 1e12 - 1, 1e21, 4_791_036.038000001),
)
const asked: fc.Arbitrary<Asked> = fc.record(
  {
    timeUs: number,
    intendedUs: number,
    candidate: text,
    connection: text,
    f: fc.constantFrom('save-answer', 'login'),
    step: text,
    requestId: text,
    attempt: number,
    session: text,
    question: text,
    version: number,
    value: fc.option(number),
    nonce: text,
    idempotencyKey: text,
  },
  { requiredKeys: ['timeUs', 'intendedUs', 'candidate', 'connection', 'f', 'step', 'requestId', 'attempt'] },
)
const told: fc.Arbitrary<Told> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('answer' as const),
      session: text,
      superseded: fc.boolean(),
      question: text,
      version: fc.option(number),
      value: fc.option(number),
      nonce: text,
      marked: fc.boolean(),
    },
    { requiredKeys: ['kind', 'session', 'superseded', 'question', 'version', 'value'] },
  ),
  fc.record({ kind: fc.constant('questions' as const), questions: fc.array(text) }),
  fc.constant({ kind: 'tokens' } as const),
)
const ended: fc.Arbitrary<Ended> = fc.record(
  {
    type: fc.constantFrom('ok', 'fail', 'info'),
    timeUs: number,
    invocation: fc.nat(),
    reason: text,
    status: number,
    errorCode: text,
    retryAfterSeconds: number,
    worker: text,
    told,
  },
  { requiredKeys: ['type', 'timeUs', 'invocation', 'reason'] },
)

function written(events: readonly (Asked | Ended)[]): readonly string[] {
  const lines = createEventLines()
  for (const [index, event] of events.entries()) {
    if ('candidate' in event) lines.addInvocation(index, event)
    else lines.addCompletion(index, event)
  }
  const { bytes } = lines
  const whole = Buffer.concat(lines.take())
  expect(whole.length).toBe(bytes)
  return whole.toString().split('\n').slice(0, -1)
}

function asJson(events: readonly (Asked | Ended)[]): readonly string[] {
  return events.map((event, index) => {
    if ('candidate' in event) return JSON.stringify({ type: 'invoke', index, ...event })
    const { type, ...rest } = event
    return JSON.stringify({ type, index, ...rest })
  })
}

const PLAIN_ASKED: Asked = {
  timeUs: 1_234.5,
  intendedUs: 1_234,
  candidate: 'c-0042',
  connection: 'main',
  f: 'save-answer',
  step: 'steady',
  requestId: '9582afc1-c-0042-7',
  attempt: 1,
  session: '00000001-0000-4000-8000-000000000001',
  question: 'q-7',
  version: 3,
  value: 2,
  nonce: 'n-7',
  idempotencyKey: 'key-7',
}
const PLAIN_TOLD: Extract<Told, { kind: 'answer' }> = {
  kind: 'answer',
  session: '00000001-0000-4000-8000-000000000001',
  superseded: false,
  question: 'q-7',
  version: 3,
  value: 2,
  nonce: 'n-7',
  marked: true,
}
const PLAIN_ENDED: Ended = {
  type: 'ok',
  timeUs: 9_876.125,
  invocation: 0,
  reason: 'success',
  status: 200,
  errorCode: 'NONE',
  retryAfterSeconds: 2,
  worker: 'w1-18',
  told: PLAIN_TOLD,
}

/** The same event without one of its fields, for each field that may be absent. */
function withoutEach<Event extends object>(event: Event, fields: readonly (keyof Event)[]): readonly Event[] {
  return fields.map((field) => Object.fromEntries(Object.entries(event).filter(([name]) => name !== field)) as Event)
}

describe('lines of events', () => {
  test('are what JSON makes of the events, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(asked, ended), { maxLength: 20, size: 'max' }), (events) => {
        expect(written(events)).toEqual(asJson(events))
      }),
    )
  })

  // A random event nearly always has something that is not plain, and is written by JSON itself. So each of the following
  // events is plain, but for one thing.
  test.each<[string, readonly (Asked | Ended)[]]>([
    ['everything is there', [PLAIN_ASKED, PLAIN_ENDED]],
    [
      'a field is absent',
      [
        ...withoutEach(PLAIN_ASKED, ['session', 'question', 'version', 'value', 'nonce', 'idempotencyKey']),
        ...withoutEach(PLAIN_ENDED, ['status', 'errorCode', 'retryAfterSeconds', 'worker', 'told']),
        ...withoutEach(PLAIN_TOLD, ['nonce', 'marked']).map((told): Ended => ({ ...PLAIN_ENDED, told })),
      ],
    ],
    [
      'a choice is cleared',
      [
        { ...PLAIN_ASKED, value: null },
        { ...PLAIN_ENDED, told: { ...PLAIN_TOLD, value: null, version: null, superseded: true, marked: false } },
      ],
    ],
    [
      'something else is told',
      [
        { ...PLAIN_ENDED, told: { kind: 'tokens' } },
        { ...PLAIN_ENDED, told: { kind: 'questions', questions: ['q-1'] } },
        { ...PLAIN_ENDED, told: { kind: 'review', session: 's', answers: [PLAIN_TOLD] } },
        { ...PLAIN_ENDED, type: 'info', told: PLAIN_TOLD },
        { ...PLAIN_ENDED, type: 'fail', told: PLAIN_TOLD },
      ],
    ],
  ])('are what JSON makes of plain events: %s', (_, events) => {
    expect(written(events)).toEqual(asJson(events))
  })

  const NUMBERS = [
    ...[0, -0, 1, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, 99_999, 100_000, 999_999, 1e6, 1_000_001, 9_999_999],
    ...[12_000_034, 1e9, 1e12 - 1, 1e12, 1e12 + 1, 2 ** 53, 1e21, -1, -0.5, -1_000.25],
    ...[0.1, 0.01, 0.001, 0.5, 0.25, 0.125, 0.12, 0.305, 0.3, 0.09, 0.099, 0.999, 0.0001, 0.9999, 0.1 + 0.2],
    ...[1.001, 1.01, 1.1, 1.11, 1.111, 1.101, 1.011, 12_345.678, 999_999.999, 1_000_000.5, 1e12 - 0.5, 1e12 + 0.5],
    ...[4_791_036.038000001, 1_040_014_492.75, 7.25, 7.2501, Number.MIN_VALUE, 1e-7],
  ]
  test.each(NUMBERS)('say %d as JSON says it, in every place of a number', (value) => {
    const events = [
      { ...PLAIN_ASKED, timeUs: value },
      { ...PLAIN_ASKED, intendedUs: value },
      { ...PLAIN_ASKED, version: value },
      { ...PLAIN_ASKED, value },
      { ...PLAIN_ENDED, timeUs: value },
      { ...PLAIN_ENDED, told: { ...PLAIN_TOLD, version: value } },
    ]
    expect(written(events)).toEqual(asJson(events))
  })

  test('say any time of a clock as JSON says it, to the nanosecond', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 999 }), (us, ns) => {
        const events = [{ ...PLAIN_ASKED, timeUs: us + ns / 1_000, intendedUs: us / 1_000 }]
        expect(written(events)).toEqual(asJson(events))
      }),
    )
  })

  const TEXTS = [
    ...['', ' ', '~', '!', '#', '[', ']', '"', '\\', 'a"', '"a', 'a\\b', '\u0000', '\u001f', '\u007f', '\n', '\t'],
    ...['\u0080', 'ü', '€', '😀', '\ud800', 'x'.repeat(499), 'x'.repeat(500), 'x'.repeat(501), 'ü'.repeat(500)],
  ]
  test.each(TEXTS.map((text) => [JSON.stringify(text).slice(0, 20), text] as const))(
    'say the text %s as JSON says it, in every place of a text',
    (_, text) => {
      const events: (Asked | Ended)[] = [
        ...(
          ['candidate', 'connection', 'step', 'requestId', 'session', 'question', 'nonce', 'idempotencyKey'] as const
        ).map((field) => ({ ...PLAIN_ASKED, [field]: text })),
        ...(['reason', 'errorCode', 'worker'] as const).map((field) => ({ ...PLAIN_ENDED, [field]: text })),
        ...(['session', 'question', 'nonce'] as const).map((field) => ({
          ...PLAIN_ENDED,
          told: { ...PLAIN_TOLD, [field]: text },
        })),
      ]
      expect(written(events)).toEqual(asJson(events))
    },
  )

  // The bytes are the same either way; what the other way costs is the reason for this one.
  const PLAIN: readonly (Asked | Ended)[] = [
    PLAIN_ASKED,
    PLAIN_ENDED,
    ...['', ' ', '~', '!', '#', '[', ']', 'x'.repeat(499), 'x'.repeat(500)].map((text) => ({
      ...PLAIN_ASKED,
      step: text,
      nonce: text,
    })),
    ...[0, 1, 9, 10, 999_999, 1e6, 1e12 - 1, 0.5, 0.125, 1.01, 7.25, 1_040_014_492.75, 999_999.999].map((timeUs) => ({
      ...PLAIN_ASKED,
      timeUs,
      value: null,
    })),
    { ...PLAIN_ENDED, told: { ...PLAIN_TOLD, value: null, version: null } },
  ]
  test.each(PLAIN.map((event) => [JSON.stringify(event).slice(0, 40), event] as const))(
    'what is plain is written without JSON: %s',
    (_, event) => {
      const stringify = vi.spyOn(JSON, 'stringify')
      onTestFinished(() => stringify.mockRestore())
      const lines = createEventLines()
      if ('candidate' in event) lines.addInvocation(0, event)
      else lines.addCompletion(0, event)
      expect(stringify).not.toHaveBeenCalled()
    },
  )

  test.each<[string, Asked]>([
    ['a text that is too long', { ...PLAIN_ASKED, step: 'x'.repeat(501) }],
    ['a quote', { ...PLAIN_ASKED, step: '"' }],
    ['a control', { ...PLAIN_ASKED, step: '\u001f' }],
    ['what is not ASCII', { ...PLAIN_ASKED, step: '\u007f' }],
  ])('what is not plain is written by JSON: %s', (_, event) => {
    const stringify = vi.spyOn(JSON, 'stringify')
    onTestFinished(() => stringify.mockRestore())
    createEventLines().addInvocation(0, event)
    expect(stringify).toHaveBeenCalledOnce()
  })

  test('an event with the longest texts still has room where a page ends', () => {
    const long: Asked = { ...PLAIN_ASKED }
    for (const field of [
      'candidate',
      'connection',
      'step',
      'requestId',
      'session',
      'question',
      'nonce',
      'idempotencyKey',
    ])
      Object.assign(long, { [field]: field.padEnd(500, '.') })
    const events = Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? long : PLAIN_ENDED))
    expect(written(events)).toEqual(asJson(events))
  })

  const EVENT: Asked = {
    timeUs: 1_234.5,
    intendedUs: 1_234,
    candidate: 'c-1',
    connection: 'main',
    f: 'save-answer',
    step: 'steady',
    requestId: 'r-1',
    attempt: 1,
  }
  const indexes = (pages: readonly Buffer[]): readonly number[] =>
    Buffer.concat(pages)
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { index: number }).index)

  test('come out once and in order, page after page, also while earlier ones are still being written', () => {
    const lines = createEventLines()
    const seen: number[] = []
    let added = 0
    for (let round = 0; round < 4; round += 1) {
      for (let event = 0; event < 3_000; event += 1) lines.addInvocation(added++, EVENT)
      const pages = lines.take()
      expect(pages.length).toBeGreaterThan(1)
      for (let event = 0; event < 3_000; event += 1) lines.addInvocation(added++, EVENT)
      seen.push(...indexes(pages))
      lines.giveBack(pages)
      const later = lines.take()
      seen.push(...indexes(later))
      lines.giveBack(later)
      expect(lines.bytes).toBe(0)
    }
    expect(seen).toEqual(Array.from({ length: added }, (_, index) => index))
  })

  test('use the same memory again', () => {
    const lines = createEventLines()
    const memory = new Set<ArrayBufferLike>()
    for (let round = 0; round < 50; round += 1) {
      lines.addInvocation(round, EVENT)
      const pages = lines.take()
      for (const { buffer } of pages) memory.add(buffer)
      lines.giveBack(pages)
    }
    expect(memory.size).toBeLessThanOrEqual(2)
  })
})

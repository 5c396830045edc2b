import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quietDay } from '../checkers/model-exam.ts'
import type { Completion, HistoryEvent, Operation } from './operation.ts'
import { copyEvent, copyOperation } from './operation-columns.ts'
import { createOperationTable, type OperationTable } from './operation-table.ts'
import { findOpenInvocations, pairOperations } from './pair-operations.ts'
import { BLOCK_BYTES } from './text-pool.ts'

/** As from a file: what can be read from the bytes is, and the rest is parsed. */
function tableOfLines(lines: readonly string[]): { readonly table: OperationTable; readonly scanned: number } {
  const table = createOperationTable()
  let scanned = 0
  for (const line of lines) {
    const bytes = Buffer.from(`before${line}after`)
    if (table.addLine(bytes, 6, bytes.length - 5)) scanned++
    else table.add(JSON.parse(line) as HistoryEvent)
  }
  table.close()
  return { table, scanned }
}

const tableOf = (events: readonly HistoryEvent[]) => tableOfLines(events.map((event) => JSON.stringify(event)))
const operationsOf = (table: OperationTable) => [...table.operations].map(copyOperation)
const eventsOf = (table: OperationTable) => [...table.events()].map(copyEvent)
const paired = (events: readonly HistoryEvent[]) => [...pairOperations(events, findOpenInvocations(events))]

const SESSION = '00000001-0000-4000-8000-000000000001'
const INVOKE: HistoryEvent = {
  type: 'invoke',
  index: 0,
  timeUs: 1_040_014_492.75,
  intendedUs: 1_040_014_481.25,
  candidate: 'c-0001',
  connection: 'main',
  f: 'save-answer',
  step: 'steady',
  requestId: '9582afc1-c-0001-50',
  attempt: 1,
  session: SESSION,
  question: 'q-1',
  version: 3,
  value: 2,
  nonce: 'n-1',
  idempotencyKey: 'n-1',
}
const TOLD = {
  kind: 'answer',
  session: SESSION,
  superseded: false,
  question: 'q-1',
  version: 3,
  value: 2,
  nonce: 'n-1',
}
const DONE: Completion = {
  type: 'ok',
  index: 1,
  timeUs: 1_040_023_492.875,
  invocation: 0,
  reason: 'success',
  status: 200,
  worker: 'w1-18',
  told: { ...TOLD, marked: true } as Completion['told'] & object,
}

describe('reading a history into columns', () => {
  test('what a refusal said comes back as it was told, when to come back included', () => {
    const { told: _, ...refused } = { ...DONE, type: 'info', reason: 'unavailable', status: 503 } as const
    const events: HistoryEvent[] = [INVOKE, { ...refused, errorCode: 'DATABASE_UNAVAILABLE', retryAfterSeconds: 0 }]
    const { table } = tableOf(events)
    expect(eventsOf(table)).toEqual(events)
    expect(operationsOf(table)).toEqual(paired(events))
  })

  test('a field that is absent is absent, not undefined, in a copy', () => {
    const bare = { ...INVOKE, index: 2, session: undefined, question: undefined, version: undefined, value: undefined }
    const events = [
      INVOKE,
      DONE,
      JSON.parse(JSON.stringify({ ...bare, nonce: undefined, idempotencyKey: undefined })),
      { type: 'info', index: 3, timeUs: 5, invocation: 2, reason: 'time-out' },
      { ...INVOKE, index: 4 },
      { type: 'fail', index: 5, timeUs: 6, invocation: 4, reason: 'refused', status: 409, errorCode: 'SESSION_CLOSED' },
      { ...INVOKE, index: 6 },
    ] as HistoryEvent[]
    const { table, scanned } = tableOf(events)
    expect(scanned).toBe(events.length)
    expect(eventsOf(table)).toStrictEqual(events)
    expect(operationsOf(table)).toStrictEqual(paired(events))
    expect([...table.operations].map(({ errorCode }) => errorCode)).toEqual([
      undefined,
      undefined,
      'SESSION_CLOSED',
      undefined,
    ])
  })

  test('an operation that was parsed has only what its completion said', () => {
    const odd = { ...INVOKE, step: 'schräg' }
    for (const completion of [{ type: 'info', index: 1, timeUs: 5, invocation: 0, reason: 'time-out' }, DONE]) {
      const events = [odd, completion] as HistoryEvent[]
      const { table } = tableOf(events)
      expect(operationsOf(table)).toStrictEqual(paired(events))
      expect(eventsOf(table)).toStrictEqual(events)
    }
    expect(operationsOf(tableOf([odd]).table)).toStrictEqual(paired([odd]))
  })

  test('of no event the last index is before the first', () => {
    expect(createOperationTable().lastIndex).toBe(-1)
  })

  test('pairs as the streaming reader does, and gives every event back', () => {
    const events = [...quietDay().history().events()]
    const cut = events.filter(({ index }) => index % 7 !== 3)
    for (const some of [events, cut, []]) {
      const { table, scanned } = tableOf(some)
      expect(operationsOf(table)).toEqual(paired(some))
      expect(eventsOf(table)).toEqual(some)
      expect(eventsOf(table)).toEqual(some)
      if (some.length > 0) expect(scanned).toBeGreaterThan(0)
    }
  })

  test('a completion that ends nothing, or ends something again, is kept as an event and pairs with nothing', () => {
    const events = [{ ...DONE, invocation: 99 }, INVOKE, DONE, { ...DONE, index: 7 }] as HistoryEvent[]
    const { table } = tableOf(events)
    expect(operationsOf(table)).toHaveLength(1)
    expect(eventsOf(table)).toEqual(events)
    expect(table.lastIndex).toBe(7)
  })

  test('grows past its first size without losing an event or a text', () => {
    const events = Array.from({ length: 17_000 }, (_, n) => [
      { ...INVOKE, index: 2 * n, nonce: `n-${n}`, idempotencyKey: `key-${n}` },
      {
        ...DONE,
        index: 2 * n + 1,
        invocation: 2 * n,
        told: {
          kind: 'review',
          session: SESSION,
          answers: [{ question: `q-${n}`, version: n, value: null, nonce: 'x' }],
        },
      },
    ]).flat() as HistoryEvent[]
    const { table, scanned } = tableOf(events)
    expect(scanned).toBe(34_000)
    const operations = operationsOf(table)
    expect(operations).toHaveLength(17_000)
    expect(
      operations.every(({ nonce, idempotencyKey }, n) => nonce === `n-${n}` && idempotencyKey === `key-${n}`),
    ).toBe(true)
    expect(eventsOf(table).at(-1)).toEqual(events.at(-1))
    expect(eventsOf(table).at(1)).toEqual(events.at(1))
  })

  test('equal texts are the very same string, so that comparing them is quick', () => {
    const { table } = tableOf([INVOKE, DONE, { ...INVOKE, index: 2 }])
    const [first, second] = [...table.operations] as [Operation, Operation]
    expect(first.told).toEqual(DONE.told)
    expect(first.nonce).toBe(first.idempotencyKey)
    expect(second).toMatchObject({ outcome: 'info', completedUs: null, reason: 'open-at-end' })
  })
})

describe('what is told', () => {
  const answers = [
    { question: 'q-1', version: 3, value: 2, nonce: 'n-1' },
    { question: 'q-2', version: null, value: null },
    { value: 0, version: 0, question: '' },
  ]
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['tokens', { kind: 'tokens' }],
    ['an answer as it was asked', TOLD],
    ['an answer without its nonce', { ...TOLD, nonce: undefined }],
    ['a mark that was taken away', { ...TOLD, marked: false }],
    ['a superseded answer', { ...TOLD, superseded: true }],
    ['another version', { ...TOLD, version: 4 }],
    ['another value', { ...TOLD, value: null }],
    ['another nonce', { ...TOLD, nonce: 'n-2' }],
    ['another question', { ...TOLD, question: 'q-11' }],
    ['another session', { ...TOLD, session: 's' }],
    ['no version', { ...TOLD, version: null }],
    ['something more than an answer', { ...TOLD, also: 1 }],
    ['a paper', { kind: 'paper', session: SESSION, status: 'ACTIVE', remainingSeconds: 17.5, answers }],
    ['an empty paper', { kind: 'paper', session: SESSION, status: 'ACTIVE', remainingSeconds: -3, answers: [] }],
    ['a review', { kind: 'review', session: 'another', answers }],
    ['a review with marks', { kind: 'review', session: SESSION, answers: [{ ...answers[0], marked: true }] }],
    ['a review of half an answer', { kind: 'review', session: SESSION, answers: [{ question: 'q-1', version: 1 }] }],
    [
      'a session',
      { kind: 'session', session: SESSION, status: 'ACTIVE', created: true, expiresAt: 'then', totalQuestions: 2 },
    ],
    ['questions', { kind: 'questions', questions: ['q-1', 'ü'] }],
    ['a kind that nobody knows', { kind: 'else', deep: [{ list: [] }] }],
  ])('%s is read as it was written', (_, told) => {
    const done = { ...DONE, told } as Completion
    const { table, scanned } = tableOf([INVOKE, done])
    expect(scanned).toBe(2)
    expect(operationsOf(table)).toEqual(paired([INVOKE, done]))
    expect(eventsOf(table)).toEqual(JSON.parse(JSON.stringify([INVOKE, done])))
  })
})

describe('a line that is not in the usual form', () => {
  const line = (changes: object) => JSON.stringify({ ...INVOKE, ...changes })
  test.each<[string, string]>([
    ['a key that nobody knows', line({ also: 1 })],
    ['a text with an escape', line({ step: 'a "quote"' })],
    ['a text that is not ASCII', line({ candidate: 'c-ü' })],
    ['an exponent', line({}).replace('"attempt":1', '"attempt":1e0')],
    ['more digits than are exact', line({}).replace('1040014492.75', '1040014492.7512345678')],
    ['a version below 0', line({ version: -1 })],
    ['a version with decimals', line({ version: 1.5 })],
    ['a version above 32 bits', line({ version: 2 ** 31 })],
    ['a value of minus nothing', line({}).replace('"value":2', '"value":-0')],
    ['a text where a number belongs', line({ attempt: '1' })],
    ['a list where a text belongs', line({ question: ['q-1'] })],
    ['something told in an invocation', line({ told: TOLD })],
    ['nothing of what must be there', JSON.stringify({ type: 'invoke', index: 0, timeUs: 1 })],
    ['its keys in another order', JSON.stringify(Object.fromEntries(Object.entries(INVOKE).reverse()))],
    ['spaces', JSON.stringify(INVOKE, null, 1).replaceAll('\n', ' ')],
  ])('%s: is parsed, and says the same', (_, text) => {
    const { table, scanned } = tableOfLines([text, JSON.stringify(DONE)])
    expect(scanned).toBe(0)
    const events = [JSON.parse(text), DONE] as HistoryEvent[]
    expect(eventsOf(table)).toEqual(events)
    expect(operationsOf(table)).toEqual(paired(events).map(copyOperation))
  })

  test('a text that is longer than a block of texts is parsed, and keeps its length', () => {
    const long = line({ step: 'x'.repeat(BLOCK_BYTES + 1) })
    const { table, scanned } = tableOfLines([long])
    expect(scanned).toBe(0)
    expect([...table.operations].map(({ step }) => step.length)).toEqual([BLOCK_BYTES + 1])
  })

  test('keys in another order behind the type are no reason to parse', () => {
    const { type, ...rest } = INVOKE
    const { table, scanned } = tableOf([
      { type, ...Object.fromEntries(Object.entries(rest).reverse()) } as HistoryEvent,
    ])
    expect(scanned).toBe(1)
    expect(operationsOf(table)).toEqual(paired([INVOKE]))
  })

  test.each([
    '{"type":"invoke","index":00,',
    '{"type":"invoke","index":0.,',
    '{"type":"ok","index":1,"timeUs":1,"invocation":0,"reason":"x","told":{"kind":}}',
    '{"type":"ok","index":1,"timeUs":1,"invocation":0,"reason":"x","told":{"kind":"x"},"told":{"kind":"y"}}}',
    '{"type":"ok","index":1,"timeUs":1,"invocation":0,"reason":"x"',
    '{"type":"ok","index":1,"timeUs":1,"invocation":0,"reason":"x"}}',
    '{"type":"ok","index":1,"timeUs":1,"invocation":0,"reason":"a\tb"}',
    '{"type":"end","events":2}',
    ...['"question":,', '"version":,', '"value":,', '"nonce":,'].map(
      (hole) =>
        `{"type":"ok","index":1,"timeUs":1,"invocation":0,"reason":"x","told":{"kind":"review","session":"s","answers":[{${hole}"question":"q","version":1,"value":2}]}}`,
    ),
  ])('never takes what is damaged, or no event: %s', (text) => {
    const table = createOperationTable()
    table.add(INVOKE)
    const bytes = Buffer.from(text)
    expect(table.addLine(bytes, 0, bytes.length)).toBe(false)
    expect(eventsOf(table)).toHaveLength(1)
  })
})

test('says of any line what JSON.parse says of it, or leaves it to be parsed', () => {
  const good = [JSON.stringify(INVOKE), JSON.stringify(DONE)] as const
  const damage = fc.record({
    which: fc.constantFrom(0, 1),
    at: fc.nat(420),
    put: fc.constantFrom('', '0', '1', '.', '-', '"', ',', '{', '}', '\\', ' ', 'null', 'é', '\u0001'),
    length: fc.nat(2),
  })
  fc.assert(
    fc.property(fc.array(damage, { maxLength: 2 }), (damages) => {
      const lines: string[] = [...good]
      for (const { which, at, put, length } of damages) {
        const line = lines[which] as string
        lines[which] = line.slice(0, at) + put + line.slice(at + length)
      }
      const table = createOperationTable()
      const parsed: HistoryEvent[] = []
      for (const line of lines) {
        const bytes = Buffer.from(line)
        const taken = table.addLine(bytes, 0, bytes.length)
        let event: HistoryEvent | undefined
        try {
          event = JSON.parse(line) as HistoryEvent
        } catch {
          expect(taken).toBe(false)
        }
        if (typeof event !== 'object' || event === null || !['invoke', 'ok'].includes(event.type)) {
          expect(taken).toBe(false)
          continue
        }
        parsed.push(event)
        if (!taken) table.add(event)
      }
      expect(eventsOf(table)).toEqual(parsed)
    }),
    { numRuns: 200, seed: 7 },
  )
})

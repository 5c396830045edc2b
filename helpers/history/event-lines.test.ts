import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEventLines } from './event-lines.ts'
import type { Completion, Invocation, Told } from './operation.ts'

type Asked = Omit<Invocation, 'type' | 'index'>
type Ended = Omit<Completion, 'index'>

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
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

describe('lines of events', () => {
  test('are what JSON makes of the events, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(asked, ended), { maxLength: 20 }), (events) => {
        const lines = createEventLines()
        const expected = events.map((event, index) => {
          if ('candidate' in event) {
            lines.addInvocation(index, event)
            return JSON.stringify({ type: 'invoke', index, ...event })
          }
          lines.addCompletion(index, event)
          const { type, ...rest } = event
          return JSON.stringify({ type, index, ...rest })
        })
        const { bytes } = lines
        const whole = Buffer.concat(lines.take())
        expect(whole.length).toBe(bytes)
        expect(whole.toString().split('\n').slice(0, -1)).toEqual(expected)
      }),
    )
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

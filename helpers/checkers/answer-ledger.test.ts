import { describe, expect, test } from 'vitest'
import type { Operation } from '../history/operation.ts'
import {
  type AnswerRecord,
  type AnswerState,
  answersOf,
  candidateOfEmail,
  findVersion,
  foldAnswers,
  holdsNothing,
  indexAnswers,
  isEmptied,
  isPlaceholder,
  newestChoosing,
  ownersOf,
  stateOfAcknowledged,
  type VersionRecord,
  versionOfRow,
} from './answer-ledger.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { noEvidence, quietDay } from './model-exam.ts'

const save = (fields: Partial<Operation> = {}): Operation => ({
  ...{ index: 0, timeUs: 1, intendedUs: 1, candidate: 'c-1', connection: 'main', f: 'save-answer', step: 'steady' },
  ...{ requestId: 'r-1', attempt: 1, session: 's-1', question: 'q-1', version: 1, value: 1, nonce: 'e-1' },
  ...{ outcome: 'ok', completedUs: 10, reason: 'success' },
  ...fields,
})

const without = (operation: Operation, field: keyof Operation): Operation => {
  const { [field]: _, ...rest } = operation
  return rest as Operation
}

const ledgerOf = (...operations: Operation[]) =>
  foldAnswers({ complete: true, events: () => [], operations: () => operations })

const answerOf = (...operations: Operation[]): AnswerRecord =>
  ledgerOf(...operations)
    .get('s-1')
    ?.get('q-1') as AnswerRecord

const version = (number: number, fields: Partial<VersionRecord> = {}): VersionRecord => ({
  ...{ version: number, nonce: `e-${number}`, otherNonces: [], value: 1, marked: undefined },
  ...{ ok: 1, info: 0, fail: 0, firstPossibleUs: number, firstOkUs: number + 1 },
  ...fields,
})

const record = (...versions: VersionRecord[]): AnswerRecord => ({
  ...{ candidate: 'c-1', session: 's-1', question: 'q-1' },
  versions,
  acked: versions.find(({ ok }) => ok > 0) ?? null,
})

const row = (fields: Partial<AnswerRow> = {}): AnswerRow => ({
  ...{ session_id: 's-1', question_id: 'q-1', selected_index: 1, is_correct: true },
  ...{ answered_at: '2026-01-15T12:00:00.000Z', client_seq: 1, client_event_id: 'e-1', marked_for_review: false },
  ...fields,
})

describe('the ledger of answers', () => {
  test('holds answers that say session, question and version, and nothing else', () => {
    const incomplete = (['session', 'question', 'version'] as const).map((field) => without(save(), field))
    expect(ledgerOf(...incomplete, save({ f: 'read-session' })).size).toBe(0)
    expect(ledgerOf(save()).size).toBe(1)
  })

  test('knows the first acknowledgement, in whatever order they come, and one without a time is none', () => {
    const late = save({ completedUs: 50 })
    const early = save({ completedUs: 30 })
    const untimed = save({ completedUs: null })
    for (const order of [
      [late, early, untimed],
      [untimed, early, late],
      [early, untimed, late],
    ]) {
      expect(answerOf(...order).versions).toMatchObject([{ ok: 3, firstOkUs: 30 }])
    }
    expect(answerOf(untimed).versions).toMatchObject([{ ok: 1, firstOkUs: null }])
  })

  test('believes a mark only of a reply about this very version', () => {
    const told = (of: number, marked: boolean) =>
      ({ kind: 'answer', session: 's-1', superseded: false, question: 'q-1', version: of, value: 1, marked }) as const
    expect(answerOf(save({ told: told(1, true) })).versions).toMatchObject([{ marked: true }])
    expect(answerOf(save({ told: told(2, true) })).versions).toMatchObject([{ marked: undefined }])
    expect(answerOf(save({ told: told(1, true) }), save({ told: told(1, false) })).versions).toMatchObject([
      { marked: true },
    ])
  })

  test('keeps every nonce of a version, each once', () => {
    const nonces = (...sent: (string | undefined)[]) => {
      const [first] = answerOf(
        ...sent.map((nonce) => (nonce === undefined ? without(save(), 'nonce') : save({ nonce }))),
      ).versions
      return [first?.nonce, ...(first?.otherNonces ?? [])]
    }
    expect(nonces('a')).toEqual(['a'])
    expect(nonces('a', 'a')).toEqual(['a'])
    expect(nonces('a', 'b', 'a', 'b', 'c')).toEqual(['a', 'b', 'c'])
    expect(nonces(undefined, 'a')).toEqual(['a'])
    expect(nonces(undefined)).toEqual([undefined])
    expect(nonces('a', undefined)).toEqual(['a'])
  })

  test('calls acknowledged what has the highest version, not what came last', () => {
    const { acked, versions } = answerOf(
      save({ version: 2 }),
      save({ version: 1 }),
      save({ version: 3, outcome: 'info' }),
    )
    expect(acked?.version).toBe(2)
    expect(versions.map(({ version }) => version)).toEqual([2, 1, 3])
    expect(answerOf(save({ outcome: 'fail' })).acked).toBeNull()
  })
})

test('a version is found by its number, and one that was never tried is not', () => {
  const answer = record(version(2), version(1))
  expect([1, 2, 3].map((number) => findVersion(answer, number)?.nonce)).toEqual(['e-1', 'e-2', undefined])
})

test('all answers are those of every session, in the order in which they were first tried', () => {
  const saves = ['s-2 q-1', 's-1 q-2', 's-2 q-3', 's-1 q-2'].map((where) => {
    const [session, question] = where.split(' ') as [string, string]
    return save({ session, question })
  })
  const answers = Array.from(answersOf(ledgerOf(...saves)), ({ session, question }) => `${session} ${question}`)
  expect(answers).toEqual(['s-2 q-1', 's-2 q-3', 's-1 q-2'])
})

test('sessions belong to who the database says, and to nobody where it could not be read', () => {
  const exam = quietDay()
  expect([...ownersOf(exam.evidence())]).toEqual([
    ['s-c-1', 'c-1'],
    ['s-c-2', 'c-2'],
  ])
  expect(ownersOf(noEvidence()).size).toBe(0)
})

describe('what a row holds', () => {
  test('by its version, else by its nonce, else by what was chosen', () => {
    const answer = record(version(1, { otherNonces: ['e-9'] }), version(2, { value: 3 }))
    expect(versionOfRow(row({ client_seq: 7 }), answer)).toBe(7)
    expect(versionOfRow(row({ client_seq: null, client_event_id: 'e-2' }), answer)).toBe(2)
    expect(versionOfRow(row({ client_seq: null, client_event_id: 'e-9' }), answer)).toBe(1)
    expect(versionOfRow(row({ client_seq: null, client_event_id: 'e-8' }), answer)).toBeNull()
    expect(versionOfRow(row({ client_seq: null, client_event_id: null, selected_index: 3 }), answer)).toBe(2)
    expect(versionOfRow(row({ client_seq: null, client_event_id: null, selected_index: 4 }), answer)).toBeNull()
  })

  test('the newest that chose it, and one that was refused every time only where no other did', () => {
    const refused = { ok: 0, fail: 1 }
    const chosen = (...versions: VersionRecord[]) => newestChoosing(record(...versions), 1)?.version
    expect(chosen(version(1), version(2), version(3, { value: 2 }))).toBe(2)
    expect(chosen(version(2), version(1))).toBe(2)
    expect(chosen(version(1), version(2, refused))).toBe(1)
    expect(chosen(version(2, refused), version(1, { ok: 0, info: 1 }))).toBe(1)
    expect(chosen(version(1, refused), version(3, refused), version(2, refused))).toBe(3)
    expect(chosen(version(1, { value: 2 }))).toBeUndefined()
  })

  test('nothing, where every version chose something', () => {
    const empty = row({ selected_index: null, client_event_id: null, client_seq: null })
    expect(holdsNothing(empty, record(version(1), version(2)))).toBe(true)
    expect(holdsNothing(empty, record(version(1), version(2, { value: null })))).toBe(false)
    expect(holdsNothing(row(), record(version(1)))).toBe(false)
  })

  test('nothing of what was acknowledged, unless a version from then on may have cleared it', () => {
    const empty = (client_seq: number | null) => row({ selected_index: null, client_event_id: null, client_seq })
    const clears = { value: null } as const
    expect(isEmptied(row(), record(version(1)))).toBe(false)
    expect(isEmptied(empty(null), record(version(1)))).toBe(true)
    expect(isEmptied(empty(null), record(version(1, clears)))).toBe(false)
    expect(isEmptied(empty(null), record(version(1), version(2, { ...clears, ok: 0, info: 1 })))).toBe(false)
    expect(isEmptied(empty(null), record(version(1), version(2, { ...clears, ok: 0, info: 0, fail: 1 })))).toBe(true)
    const clearedBefore = { ...record(version(1, clears), version(2)), acked: version(2) }
    expect(isEmptied(empty(null), clearedBefore)).toBe(true)
    // Who stores versions and has none here has stored nothing.
    expect(isEmptied(empty(0), record(version(1, clears)))).toBe(true)
  })

  test('no answer at all, only where it has neither choice nor nonce nor a version above 0', () => {
    const empty = { selected_index: null, client_event_id: null, client_seq: null }
    expect([empty, { ...empty, client_seq: 0 }].map((fields) => isPlaceholder(row(fields)))).toEqual([true, true])
    const held = [{ selected_index: 0 }, { client_event_id: 'e-1' }, { client_seq: 1 }]
    expect(held.map((fields) => isPlaceholder(row({ ...empty, ...fields })))).toEqual([false, false, false])
    expect(isPlaceholder(row({ ...empty, client_seq: 0, selected_index: 0 }))).toBe(false)
    expect(isPlaceholder(row({ ...empty, client_seq: 0, client_event_id: 'e-1' }))).toBe(false)
  })

  test.each<[AnswerState, string, AnswerRow | undefined]>([
    ['missing', 'there is no row', undefined],
    ['missing', 'it is a placeholder', row({ selected_index: null, client_event_id: null, client_seq: 0 })],
    ['stale', 'it has an older version', row({ client_seq: 1 })],
    ['held', 'it has the version that was acknowledged', row({ client_seq: 2 })],
    ['held', 'it has a newer version', row({ client_seq: 3 })],
    ['stale', 'it has the nonce of an older version', row({ client_seq: null, client_event_id: 'e-1' })],
    ['held', 'it has the nonce that was acknowledged', row({ client_seq: null, client_event_id: 'e-2' })],
    ['undecided', 'it has a nonce that nobody sent', row({ client_seq: null, client_event_id: 'e-9' })],
  ])('of the acknowledged answer: %s, where %s', (state, _, held) => {
    const answer = { ...record(version(1), version(2), version(3, { ok: 0, info: 1 })), acked: version(2) }
    expect(stateOfAcknowledged(answer, held)).toBe(state)
  })

  test('of two rows for one question the first is looked at', () => {
    const rows = [row({ client_seq: 1 }), row({ client_seq: 2 }), row({ question_id: 'q-2', client_seq: 3 })]
    const index = indexAnswers(rows)
    expect(index.get('s-1')?.get('q-1')?.client_seq).toBe(1)
    expect(index.get('s-1')?.get('q-2')?.client_seq).toBe(3)
  })
})

test('a candidate is what stands before the first @ of its e-mail', () => {
  expect(['c-1@exam.test', 'c@x', 'c-1', '@x'].map(candidateOfEmail)).toEqual(['c-1', 'c', 'c-1', ''])
})

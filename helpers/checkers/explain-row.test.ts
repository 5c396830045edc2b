import { describe, expect, test } from 'vitest'
import type { AnswerRecord, VersionRecord } from './answer-ledger.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { explainRow, possibleValues, storesNonces } from './explain-row.ts'

const version = (
  number: number,
  value: number | null | undefined,
  more: Partial<VersionRecord> = {},
): VersionRecord => ({
  version: number,
  nonce: `e-${number}`,
  otherNonces: [],
  value,
  marked: undefined,
  ...{ ok: 1, info: 0, fail: 0, firstPossibleUs: 0, firstOkUs: 1 },
  ...more,
})
const answer = (...versions: readonly VersionRecord[]): AnswerRecord => ({
  ...{ candidate: 'c-1', session: 's-1', question: 'q-1', acked: null },
  versions: [...versions],
})
const row = (fields: Partial<AnswerRow>): AnswerRow => ({
  ...{ session_id: 's-1', question_id: 'q-1', selected_index: 3, is_correct: null, answered_at: '' },
  ...{ client_seq: 2, client_event_id: 'e-2', marked_for_review: false },
  ...fields,
})

const twice = answer(version(1, 1), version(2, 3))

describe('where a row comes from', () => {
  test('from the version that was sent under its nonce with its value', () => {
    expect(explainRow(row({}), twice, true)).toEqual({ kind: 'explained', version: twice.versions[1] })
  })

  test.each([
    ['nothing chosen, no nonce, no version', { selected_index: null, client_event_id: null, client_seq: null }],
    ['nothing chosen, no nonce, version 0', { selected_index: null, client_event_id: null, client_seq: 0 }],
  ])('it is empty: %s', (_what, fields) => {
    expect(explainRow(row(fields), twice, true)).toEqual({ kind: 'empty' })
    expect(explainRow(row(fields), undefined, true)).toEqual({ kind: 'empty' })
  })

  test.each<[string, Partial<AnswerRow>, AnswerRecord | undefined, string]>([
    ['nobody answered', {}, undefined, 'nobody ever answered that question in that session'],
    ['a version that nobody sent', { client_seq: 5 }, twice, 'version 5 was never sent'],
    [
      'the nonce of another version',
      { client_event_id: 'e-1' },
      twice,
      'version 2 was sent as event e-2, the row says e-1',
    ],
    [
      'one of two nonces',
      { client_event_id: 'e-9' },
      answer(version(2, 3, { nonce: 'e-2', otherNonces: ['e-3'] })),
      'version 2 was sent as event e-2 or e-3, the row says e-9',
    ],
    [
      'the nonce and the value of another version',
      { client_event_id: 'e-1', selected_index: 1 },
      twice,
      'version 2 was sent as event e-2, the row says e-1',
    ],
    ['another value', { selected_index: 4 }, twice, 'version 2 chose 3, the row holds 4'],
    ['nothing where something was chosen', { selected_index: null }, twice, 'version 2 chose 3, the row holds null'],
    [
      'no version, and a nonce that nobody sent',
      { client_seq: null, client_event_id: 'e-7' },
      twice,
      'event e-7 was never sent for that question',
    ],
    [
      'neither version nor nonce, and a value that nobody chose',
      { client_seq: null, client_event_id: null, selected_index: 0 },
      twice,
      'nobody ever chose 0 for that question',
    ],
    [
      'what a mark cannot have kept',
      { selected_index: 4 },
      answer(version(1, 1, { ok: 0, info: 1 }), version(2, undefined)),
      'version 2 chose 1 or null, the row holds 4',
    ],
  ])('it is a phantom: %s', (_what, fields, tried, why) => {
    expect(explainRow(row(fields), tried, true)).toEqual({ kind: 'phantom', why })
  })

  test('it is undecided: a version without the nonce that was sent, where other rows have theirs', () => {
    expect(explainRow(row({ client_event_id: null }), twice, true)).toEqual({
      kind: 'undecided',
      why: 'the row stores no client_event_id, and others do',
    })
  })

  test('of a platform that stores no nonces, version and choice say where it comes from', () => {
    const bare = (fields: Partial<AnswerRow>) => explainRow(row({ client_event_id: null, ...fields }), twice, false)
    expect(bare({})).toEqual({ kind: 'explained', version: twice.versions[1] })
    expect(bare({ selected_index: 1 })).toEqual({ kind: 'phantom', why: 'version 2 chose 3, the row holds 1' })
    expect(bare({ client_seq: 5 })).toEqual({ kind: 'phantom', why: 'version 5 was never sent' })
  })

  test('it is a phantom without its nonce, too, where its version chose something else', () => {
    expect(explainRow(row({ client_event_id: null, selected_index: 1 }), twice, true)).toEqual({
      kind: 'phantom',
      why: 'version 2 chose 3, the row holds 1',
    })
  })

  test('a nonce alone finds its version', () => {
    expect(explainRow(row({ client_seq: null }), twice, true)).toEqual({
      kind: 'explained',
      version: twice.versions[1],
    })
  })

  test('of what was chosen alone the newest version that chose it', () => {
    const bare = { client_seq: null, client_event_id: null }
    expect(explainRow(row(bare), twice, true)).toEqual({ kind: 'explained', version: twice.versions[1] })
    const withoutNonces = answer(version(2, 3, { nonce: undefined }))
    expect(explainRow(row({ client_event_id: null }), withoutNonces, true)).toEqual({
      kind: 'explained',
      version: withoutNonces.versions[0],
    })
    expect(explainRow(row({ client_event_id: 'e-2' }), withoutNonces, true)).toMatchObject({ kind: 'explained' })
  })
})

test('rows have nonces when one of them does', () => {
  const without = row({ client_event_id: null })
  expect(storesNonces([without, without])).toBe(false)
  expect(storesNonces([without, row({})])).toBe(true)
  expect(storesNonces([])).toBe(false)
})

describe('what an answer may be after a version', () => {
  test('what it chose, and nothing else', () => {
    expect(possibleValues(twice, version(2, 3))).toEqual([3])
    expect(possibleValues(twice, version(2, null))).toEqual([null])
  })

  test('after a mark what was acknowledged last before it', () => {
    const marked = version(4, undefined)
    expect(possibleValues(answer(version(1, 1), version(3, 3), version(2, 2), marked), marked)).toEqual([3])
  })

  test('and what may have come after that', () => {
    const marked = version(5, undefined)
    const open = { ok: 0, info: 1 }
    const story = answer(
      version(1, 1),
      version(2, 2),
      version(3, 3, open),
      version(4, undefined),
      marked,
      version(6, 0),
    )
    expect(possibleValues(story, marked)).toEqual([3, 2])
  })

  test('what was acknowledged at a second try, too, whatever became of the first', () => {
    const marked = version(3, undefined)
    const twiceSent = version(2, 3, { ok: 1, info: 1 })
    expect(possibleValues(answer(version(1, 1), twiceSent, marked), marked)).toEqual([3])
    expect(possibleValues(answer(version(1, 1), version(2, 3, { ok: 0, info: 2 }), marked), marked)).toEqual([3, 1])
  })

  test('nothing, where nothing is certain; what was refused never', () => {
    const marked = version(4, undefined)
    const open = { ok: 0, info: 1 }
    const refused = { ok: 0, info: 0, fail: 1 }
    expect(possibleValues(answer(version(1, 1, open), version(2, 2, refused), marked), marked)).toEqual([1, null])
    expect(possibleValues(answer(marked), marked)).toEqual([null])
    expect(possibleValues(answer(version(1, null), marked), marked)).toEqual([null])
  })
})

import { describe, expect, test } from 'vitest'
import type { Operation } from '../history/operation.ts'
import { foldSubmits, type ToldSubmission } from './submit-ledger.ts'

const TOLD: ToldSubmission = {
  ...{ session: 's-1', status: 'SUBMITTED', submittedAt: '2026-01-15T12:30:00.000Z' },
  ...{ scoreCorrect: 3, scoreTotal: 5, bodyHash: 'hash' },
}

const submit = (fields: Partial<Operation> = {}): Operation => ({
  ...{ index: 0, timeUs: 1, intendedUs: 1, candidate: 'c-1', connection: 'main', f: 'submit', step: 'submit-spike' },
  ...{ requestId: 'r-1', attempt: 1, session: 's-1', outcome: 'ok', completedUs: 10, reason: 'success' },
  ...fields,
})

const fold = (...operations: Operation[]) =>
  foldSubmits({ complete: true, events: () => [], operations: () => operations })

describe('the ledger of submits', () => {
  test('holds submits of a session, and nothing else', () => {
    const { session: _, ...nameless } = submit()
    expect(fold(nameless, submit({ f: 'save-answer' })).size).toBe(0)
    expect([...fold(submit(), submit({ session: 's-2', candidate: 'c-2' })).keys()]).toEqual(['s-1', 's-2'])
  })

  test('counts attempts by outcome', () => {
    const attempts = [submit(), submit({ outcome: 'info' }), submit({ outcome: 'fail' }), submit()]
    expect(fold(...attempts).get('s-1')).toMatchObject({ candidate: 'c-1', ok: 2, info: 1, fail: 1 })
  })

  test('it may have happened from the first attempt on that did not certainly fail', () => {
    const refused = submit({ outcome: 'fail', timeUs: 1 })
    const lost = submit({ outcome: 'info', timeUs: 2 })
    expect(fold(refused).get('s-1')?.firstPossibleUs).toBeNull()
    expect(fold(refused, lost, submit({ timeUs: 3 })).get('s-1')?.firstPossibleUs).toBe(2)
  })

  test('it is known from the first acknowledgement on, in whatever order they come', () => {
    const late = submit({ completedUs: 50 })
    const early = submit({ completedUs: 30 })
    const untimed = submit({ completedUs: null })
    expect(fold(late, early, untimed).get('s-1')?.firstOkUs).toBe(30)
    expect(fold(untimed, early, late).get('s-1')?.firstOkUs).toBe(30)
    expect(fold(untimed).get('s-1')?.firstOkUs).toBeNull()
    expect(fold(submit({ outcome: 'info' })).get('s-1')?.firstOkUs).toBeNull()
  })

  test('keeps the first reply, and each that says something else', () => {
    const told = (change: Partial<ToldSubmission> = {}) => submit({ told: { kind: 'submission', ...TOLD, ...change } })
    expect(fold(told(), told(), told()).get('s-1')?.told).toHaveLength(1)
    for (const change of [
      { session: 's-9' },
      { status: 'EXPIRED' },
      { submittedAt: '2026-01-15T12:31:00.000Z' },
      { scoreCorrect: 4 },
      { scoreTotal: 6 },
      { bodyHash: 'another' },
    ]) {
      expect(fold(told(), told(change), told()).get('s-1')?.told, JSON.stringify(change)).toHaveLength(2)
    }
    expect(fold(submit({ told: { kind: 'tokens' } }), submit()).get('s-1')?.told).toEqual([])
  })
})

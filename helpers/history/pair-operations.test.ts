import { describe, expect, test } from 'vitest'
import type { HistoryEvent } from './operation.ts'
import { findOpenInvocations, pairOperations } from './pair-operations.ts'

function invoke(index: number): HistoryEvent {
  return {
    type: 'invoke',
    index,
    timeUs: index,
    intendedUs: index,
    candidate: 'c-1',
    connection: 'main',
    f: 'save-answer',
    step: 'steady',
    requestId: `r-${index}`,
    attempt: 1,
  }
}

function ok(index: number, invocation: number): HistoryEvent {
  return { type: 'ok', index, timeUs: index, invocation, reason: 'success', status: 200 }
}

function pairsOf(events: HistoryEvent[]) {
  return [...pairOperations(events, findOpenInvocations(events))].map(
    ({ index, outcome, completedUs, reason }) => `${index} ${outcome} ${completedUs} ${reason}`,
  )
}

describe('pairing', () => {
  test('operations come in order of invocation, whatever the order of completion', () => {
    expect(pairsOf([invoke(0), invoke(1), ok(2, 1), ok(3, 0)])).toEqual(['0 ok 3 success', '1 ok 2 success'])
  })

  test('an operation that is open at the end is info, and holds nothing back', () => {
    const events = [invoke(0), invoke(1), ok(2, 1), invoke(3)]
    expect(pairsOf(events)).toEqual(['0 info null open-at-end', '1 ok 2 success', '3 info null open-at-end'])
    const streaming = pairOperations(
      (function* () {
        yield* events.slice(0, 3)
        throw new Error('read too far: the open operation held everything back')
      })(),
      findOpenInvocations(events),
    )
    expect(streaming.next().value).toMatchObject({ index: 0 })
    expect(streaming.next().value).toMatchObject({ index: 1 })
  })

  test('a completion of nothing and a second completion are left to the checker of the history', () => {
    expect(pairsOf([invoke(0), ok(1, 0), ok(2, 0), ok(3, 7)])).toEqual(['0 ok 1 success'])
  })

  test('nothing pairs to nothing', () => {
    expect(pairsOf([])).toEqual([])
  })
})

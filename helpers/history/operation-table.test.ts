import { expect, test } from 'vitest'
import { quietDay } from '../checkers/model-exam.ts'
import type { Completion, HistoryEvent } from './operation.ts'
import { createOperationTable } from './operation-table.ts'
import { findOpenInvocations, pairOperations } from './pair-operations.ts'

const tableOf = (events: readonly HistoryEvent[]) => {
  const table = createOperationTable()
  // As from a file: nobody else has these objects.
  for (const event of structuredClone(events)) table.add(event)
  return table
}

test('pairs as the streaming reader does, and gives every event back', () => {
  const events = [...quietDay().history().events()]
  const cut = events.filter(({ index }) => index % 7 !== 3)
  for (const some of [events, cut, []]) {
    const table = tableOf(some)
    expect(table.operations).toEqual([...pairOperations(some, findOpenInvocations(some))])
    expect([...table.events()]).toEqual(some)
    expect([...table.events()]).toEqual(some)
  }
})

test('a completion that ends nothing, or ends something again, is kept as an event and pairs with nothing', () => {
  const [invoke, completion] = [...quietDay().history().events()] as [HistoryEvent, Completion]
  const events = [{ ...completion, invocation: 99 }, invoke, completion, { ...completion, index: 7 }] as HistoryEvent[]
  const table = tableOf(events)
  expect(table.operations).toHaveLength(1)
  expect([...table.events()]).toEqual(events)
})

test('grows past its first size without losing an event', () => {
  const [invoke, completion] = [...quietDay().history().events()] as [HistoryEvent, Completion]
  const events = Array.from({ length: 40_000 }, (_, n) => [
    { ...invoke, index: 2 * n },
    { ...completion, index: 2 * n + 1, invocation: 2 * n },
  ]).flat() as HistoryEvent[]
  const table = tableOf(events)
  expect(table.operations).toHaveLength(40_000)
  expect([...table.events()].at(-1)).toEqual(events.at(-1))
})

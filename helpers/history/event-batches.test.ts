import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { wellFormedHistory } from '../checkers/well-formed-history.ts'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { memoryRecorder } from '../load/testing/memory-recorder.ts'
import { type Random, seededRandom } from '../random.ts'
import { type BatchingRecorder, createBatchingRecorder, type EventBatch, mergeBatches } from './event-batches.ts'
import { openJournal } from './journal.ts'
import type { Completion, HistoryEvent, Invocation } from './operation.ts'
import { readHistory } from './read-history.ts'
import type { Recorder } from './recorder.ts'

const MEGABYTE = 1_000_000

const invocationOf = (candidate: string, timeUs: number): Omit<Invocation, 'type' | 'index'> => ({
  ...{ timeUs, intendedUs: timeUs, candidate, connection: 'main', f: 'save-answer', step: 'steady' },
  ...{ requestId: `${candidate}-${timeUs}`, attempt: 1, session: 's', question: 'Frage “1”', version: 1, value: null },
})

const completionOf = (invocation: number, timeUs: number): Omit<Completion, 'index'> => ({
  ...{ type: 'ok', timeUs, invocation, reason: 'success', status: 200 },
  told: { kind: 'answer', session: 's', superseded: false, question: 'Frage “1”', version: 1, value: null },
})

/** Events as a thread sends them: the pages change hands. */
function crossed(batch: EventBatch): EventBatch {
  return structuredClone(batch, { transfer: batch.pages.map(({ buffer }) => buffer) })
}

/** Several threads whose candidates do one thing after the other, and whose batches come when they like. */
function played(recorder: Recorder, seed: number): readonly { readonly candidate: string; readonly timeUs: number }[] {
  const random = seededRandom(seed, 'threads')
  let nowUs = 0
  const clock = { nowUs: () => nowUs }
  const threads = [0, 1, 2].map(() => createBatchingRecorder({ clock, maxPendingBytes: MEGABYTE }))
  const merge = mergeBatches(recorder, threads.length)
  const open = new Map<string, { readonly thread: number; readonly index: number }>()
  const asked: { candidate: string; timeUs: number }[] = []
  const send = (thread: BatchingRecorder, source: number): void => {
    const batch = thread.next()
    if (batch !== undefined) merge.add(source, crossed(batch), (pages) => thread.taken(pages))
  }
  for (let event = 0; event < 6_000; event += 1) {
    // Now and then two threads do something in the same microsecond.
    nowUs += random.integer(0, 3)
    const thread = random.integer(0, 2)
    const candidate = `c-${thread}-${random.integer(1, 4)}`
    const recording = threads[thread] as BatchingRecorder
    const under = open.get(candidate)
    if (under === undefined) {
      open.set(candidate, { thread, index: recording.invoke(invocationOf(candidate, nowUs)) })
      asked.push({ candidate, timeUs: nowUs })
    } else {
      recording.complete(completionOf(under.index, nowUs))
      open.delete(candidate)
    }
    if (random.chance(0.02)) send(...at(threads, random))
  }
  // Who waits for another has its turn when that one has told what it knows.
  while (threads.some(({ pendingBytes }) => pendingBytes > 0)) threads.forEach(send)
  for (const source of threads.keys()) merge.end(source)
  return asked
}

function at(threads: readonly BatchingRecorder[], random: Random): [BatchingRecorder, number] {
  const source = random.integer(0, threads.length - 1)
  return [threads[source] as BatchingRecorder, source]
}

test.each([1, 2, 3])('events of three threads become one history in the order of time (seed %i)', (seed) => {
  const { events, ...recorder } = memoryRecorder()
  const asked = played(recorder, seed)
  const times = events.map(({ timeUs }) => timeUs)
  expect(times).toEqual(times.toSorted((one, other) => one - other))
  const begun = new Map<number, HistoryEvent>()
  for (const event of events) {
    if (event.type === 'invoke') begun.set(event.index, event)
    else {
      const { candidate } = begun.get(event.invocation) as Invocation
      expect(event.invocation).toBeLessThan(event.index)
      expect(candidate).toMatch(/^c-/)
      begun.delete(event.invocation)
    }
  }
  const invoked = events.filter((event) => event.type === 'invoke')
  expect(invoked.map(({ candidate, timeUs }) => ({ candidate, timeUs })).toSorted(byTime)).toEqual(
    asked.toSorted(byTime),
  )
  expect(invoked[0]).toEqual({
    type: 'invoke',
    index: 0,
    ...invocationOf(invoked[0]?.candidate as string, times[0] as number),
  })
})

const byTime = (
  one: { readonly timeUs: number; readonly candidate: string },
  other: { readonly timeUs: number; readonly candidate: string },
): number => one.timeUs - other.timeUs || one.candidate.localeCompare(other.candidate)

test('the file that comes of it is read back complete, with indexes in its order, and is well formed', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'event-batches-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const path = join(dir, 'history.ndjson')
  const journal = await openJournal(path, { header: { runId: 'r', epoch: takeEpoch(), seed: 1, planHash: 'p' } })
  played(journal, 4)
  await journal.close()
  const history = await readHistory(path)
  expect(history).toMatchObject({ eventCount: 6_000, complete: true, missingEvents: 0, torn: false })
  expect([...history.events()].map(({ index }) => index)).toEqual(Array.from({ length: 6_000 }, (_, index) => index))
  const evidence = {} as Parameters<typeof wellFormedHistory.check>[1]
  const expectations = { candidates: [], minimumOk: {}, graceSeconds: 0 }
  expect(wellFormedHistory.check(history, evidence, expectations)).toMatchObject({ valid: true, violations: 0 })
})

test('nothing is written while another thread may still report something earlier', () => {
  const { events, ...recorder } = memoryRecorder()
  const merge = mergeBatches(recorder, 2)
  let nowUs = 10
  const [one, other] = [0, 1].map(() => createBatchingRecorder({ clock: { nowUs: () => nowUs }, maxPendingBytes: 1e6 }))
  const taken: string[] = []
  one?.invoke(invocationOf('c-1', 10))
  merge.add(0, one?.next() as EventBatch, () => taken.push('one'))
  expect(events).toEqual([])
  expect(taken).toEqual([])
  nowUs = 5
  other?.invoke(invocationOf('c-2', 5))
  merge.add(1, other?.next() as EventBatch, () => taken.push('other'))
  // The other thread has told everything up to 5 µs, and the first one's event is of 10 µs.
  expect(events.map(({ timeUs }) => timeUs)).toEqual([5])
  expect(taken).toEqual(['other'])
  merge.end(1)
  expect(events.map(({ timeUs }) => timeUs)).toEqual([5, 10])
  expect(taken).toEqual(['other', 'one'])
})

test('what a slow reader leaves waits up to a bound; what comes on top is dropped and counted, with its completion', () => {
  const { events, ...recorder } = memoryRecorder()
  const merge = mergeBatches(recorder, 1)
  const thread = createBatchingRecorder({ clock: monotonicClock(takeEpoch()), maxPendingBytes: 3_000 })
  const first = thread.invoke(invocationOf('c-1', 1))
  const batch = thread.next() as EventBatch
  expect(batch.pages).toHaveLength(1)
  // On its way and not taken: no other batch, and its bytes still count.
  expect(thread.next()).toBeUndefined()
  const indexes = Array.from({ length: 50 }, (_, number) => thread.invoke(invocationOf('c-2', 2 + number)))
  const refused = indexes.filter((index) => index < 0)
  expect(refused.length).toBeGreaterThan(30)
  expect(thread.dropped).toBe(refused.length)
  expect(thread.pendingBytes).toBeLessThan(3_000 + 400)
  merge.add(0, crossed(batch), (pages) => thread.taken(pages))
  for (const index of [first, ...refused]) thread.complete(completionOf(index, 100))
  expect(thread.dropped).toBe(2 * refused.length)
  const rest = thread.next() as EventBatch
  merge.add(0, { ...crossed(rest), untilUs: Number.POSITIVE_INFINITY }, (pages) => thread.taken(pages))
  expect(events).toHaveLength(51 - refused.length + 1)
  expect(events.at(-1)).toMatchObject({ type: 'ok', invocation: 0 })
  expect(thread.pendingBytes).toBe(0)
})

test('a completion of nothing, and a batch before its turn, are mistakes that are not passed over', () => {
  const merge = mergeBatches(memoryRecorder(), 2)
  const thread = createBatchingRecorder({ clock: { nowUs: () => 50 }, maxPendingBytes: MEGABYTE })
  thread.complete(completionOf(7, 5))
  merge.end(1)
  expect(() => merge.add(0, thread.next() as EventBatch, () => undefined)).toThrow('ends 7, never begun')
  const waiting = mergeBatches(memoryRecorder(), 2)
  const early = createBatchingRecorder({ clock: { nowUs: () => 50 }, maxPendingBytes: MEGABYTE })
  early.invoke(invocationOf('c-1', 5))
  const batch = early.next() as EventBatch
  waiting.add(0, batch, () => undefined)
  expect(() => waiting.add(0, batch, () => undefined)).toThrow('before its turn')
})

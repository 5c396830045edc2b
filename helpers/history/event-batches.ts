import type { Clock } from '../clock.ts'
import { createEventLines } from './event-lines.ts'
import type { Completion, HistoryEvent, Invocation } from './operation.ts'
import type { Recorder } from './recorder.ts'

/** Events of one thread on their way to the thread that writes the history. Its pages are transferred, not copied. */
export interface EventBatch {
  /** Whole lines, in the order in which they were recorded. */
  readonly pages: readonly Uint8Array<ArrayBuffer>[]
  /** Whatever this thread records later happened at or after this time, µs since the run's epoch. */
  readonly untilUs: number
}

/** A recorder in a thread that has no journal. It numbers its own operations, and hands its events on in batches. */
export interface BatchingRecorder extends Recorder {
  /** What was recorded since the last batch, possibly nothing; undefined while the last one has not been taken. */
  next(): EventBatch | undefined
  /** The last batch has been written down; its pages are used again. */
  taken(pages: readonly Uint8Array<ArrayBuffer>[]): void
  /** Bytes that have not been taken. */
  readonly pendingBytes: number
  /** Events that found the memory limit reached: whoever writes the history did not keep up. */
  readonly dropped: number
}

/** In place of the index of an invocation that had to be dropped: its completion has nothing to belong to. */
const DROPPED = -1

/**
 * Recording only makes the line, and never waits. At most one batch is on its way, so what gathers behind a slow reader
 * gathers here, up to `maxPendingBytes`; what comes on top is dropped and counted, as the journal does it.
 */
export function createBatchingRecorder(options: {
  readonly clock: Clock
  readonly maxPendingBytes: number
}): BatchingRecorder {
  const { clock, maxPendingBytes } = options
  const lines = createEventLines()
  let nextIndex = 0
  let onTheWay = false
  let onTheWayBytes = 0
  let dropped = 0

  function hasRoom(): boolean {
    if (lines.bytes + onTheWayBytes < maxPendingBytes) return true
    dropped += 1
    return false
  }

  return {
    invoke(invocation) {
      if (!hasRoom()) return DROPPED
      const index = nextIndex++
      lines.addInvocation(index, invocation)
      return index
    },
    complete(completion) {
      if (completion.invocation === DROPPED) dropped += 1
      else if (hasRoom()) lines.addCompletion(nextIndex++, completion)
    },
    next() {
      if (onTheWay) return undefined
      onTheWay = true
      onTheWayBytes = lines.bytes
      // What is recorded from now on is timed from now on: nothing runs between the two lines.
      const untilUs = clock.nowUs()
      return { pages: lines.take() as readonly Buffer<ArrayBuffer>[], untilUs }
    },
    taken(pages) {
      onTheWay = false
      onTheWayBytes = 0
      lines.giveBack(pages.map(({ buffer, byteLength }) => Buffer.from(buffer, 0, byteLength)))
    },
    get pendingBytes() {
      return lines.bytes + onTheWayBytes
    },
    get dropped() {
      return dropped
    },
  }
}

/** Where the batches of several threads become one history. */
export interface BatchMerge {
  /**
   * Write down what is certain to come next. `taken` is called, now or later, when all of this batch has been written; only
   * then may the source send another.
   *
   * @throws TypeError when a completion ends what was never begun, or a source sends before its turn
   */
  add(source: number, batch: EventBatch, taken: (pages: EventBatch['pages']) => void): void
  /** Nothing more comes from this source; nobody waits for it any longer. */
  end(source: number): void
}

interface Source {
  /** Index in the history by index in the thread, of operations that are open: no more than candidates have under way. */
  readonly open: Map<number, number>
  lines: Iterator<HistoryEvent> | undefined
  /** The first event that is not yet written. */
  head: HistoryEvent | undefined
  untilUs: number
  taken: (() => void) | undefined
}

/**
 * Hand the events of several threads to one recorder by the time at which they happened. An event is written once no
 * thread can still report an earlier one, so the history is as if one thread had recorded it; the price is that it is as
 * late as the slowest thread's batch.
 *
 * @param sources how many threads
 */
export function mergeBatches(recorder: Recorder, sources: number): BatchMerge {
  const threads = Array.from({ length: sources }, (): Source => {
    return { open: new Map(), lines: undefined, head: undefined, untilUs: Number.NEGATIVE_INFINITY, taken: undefined }
  })

  const advance = (thread: Source): void => {
    const next = thread.lines?.next()
    if (next !== undefined && next.done !== true) {
      thread.head = next.value
      return
    }
    const { taken } = thread
    thread.head = undefined
    thread.lines = undefined
    thread.taken = undefined
    taken?.()
  }

  const write = (): void => {
    while (true) {
      let first: Source | undefined
      let certainUs = Number.POSITIVE_INFINITY
      for (const thread of threads) {
        if (thread.head === undefined) certainUs = Math.min(certainUs, thread.untilUs)
        else if (first?.head === undefined || thread.head.timeUs < first.head.timeUs) first = thread
      }
      const event = first?.head
      if (first === undefined || event === undefined || event.timeUs > certainUs) return
      // First of all: what cannot be recorded must not stand in the way of everything behind it.
      advance(first)
      record(recorder, first.open, event)
    }
  }

  return {
    add(source, { pages, untilUs }, taken) {
      const thread = threads[source] as Source
      if (thread.taken !== undefined) throw new TypeError(`thread ${source} sent a batch before its turn`)
      thread.lines = eventsIn(pages)
      thread.untilUs = untilUs
      thread.taken = () => taken(pages)
      advance(thread)
      write()
    },
    end(source) {
      const thread = threads[source] as Source
      thread.untilUs = Number.POSITIVE_INFINITY
      write()
    },
  }
}

function record(recorder: Recorder, open: Map<number, number>, event: HistoryEvent): void {
  const { index, ...rest } = event
  if (rest.type === 'invoke') {
    const { type: _, ...invocation } = rest as Omit<Invocation, 'index'>
    open.set(index, recorder.invoke(invocation))
    return
  }
  const completion = rest as Omit<Completion, 'index'>
  const invocation = open.get(completion.invocation)
  if (invocation === undefined) throw new TypeError(`completion ${index} ends ${completion.invocation}, never begun`)
  open.delete(completion.invocation)
  recorder.complete({ ...completion, invocation })
}

const NEWLINE = 0x0a

function* eventsIn(pages: EventBatch['pages']): Generator<HistoryEvent> {
  for (const { buffer, byteOffset, byteLength } of pages) {
    const page = Buffer.from(buffer, byteOffset, byteLength)
    for (let from = 0; from < page.length; ) {
      const to = page.indexOf(NEWLINE, from)
      yield JSON.parse(page.toString('utf8', from, to)) as HistoryEvent
      from = to + 1
    }
  }
}

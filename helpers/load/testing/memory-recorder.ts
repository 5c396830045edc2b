import type { HistoryEvent } from '../../history/operation.ts'
import type { Recorder } from '../../history/recorder.ts'

/** A recorder that keeps its events in memory, for tests. */
export function memoryRecorder(): Recorder & { readonly events: readonly HistoryEvent[] } {
  const events: HistoryEvent[] = []
  return {
    events,
    invoke(invocation) {
      const index = events.length
      events.push({ type: 'invoke', index, ...invocation })
      return index
    },
    complete(completion) {
      events.push({ index: events.length, ...completion })
    },
  }
}

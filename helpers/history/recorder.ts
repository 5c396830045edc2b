import type { Completion, Invocation } from './operation.ts'

/**
 * Where operations are written down while they happen. Synchronous and cheap: it is called on the hot path of the load
 * and must never block or throw; a write error surfaces when the journal is closed.
 */
export interface Recorder {
  /** Returns the index that `complete` refers to. */
  invoke(invocation: Omit<Invocation, 'type' | 'index'>): number
  complete(completion: Omit<Completion, 'index'>): void
}

import type { Operation, Told } from '../history/operation.ts'

/**
 * What an operation was told, unless it saved an answer. For whoever looks at everything else: nearly all of a history are
 * answers, and what each was told is made anew when it is asked.
 */
export function toldBesideAnswers(operation: Operation): Told | undefined {
  return operation.f === 'save-answer' ? undefined : operation.told
}

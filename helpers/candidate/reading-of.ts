import type { Told } from '../history/operation.ts'
import { classifyTransportError, outcomeOf } from '../history/outcome.ts'
import type { Exchange } from './connection.ts'
import type { Call, Interpretation } from './exam-api.ts'

/**
 * What an exchange was for whoever asked: as the adapter reads the answer, or what the failure of the connection proves.
 *
 * Ids are texts. An adapter that hands on the numbers of its platform would be believed, and none of its answers be found
 * among the rows, whose keys are compared letter for letter: such an answer is `unparsable-body`, with nothing told. So is one
 * without the list that its kind has.
 */
export function readingOf<Reply>(call: Pick<Call<Reply>, 'read'>, exchange: Exchange): Interpretation<Reply> {
  if (exchange.kind === 'error') return classifyTransportError(exchange.error, exchange)
  const reading = call.read(exchange.response)
  return reading.told === undefined || hasTextIds(reading.told) ? reading : outcomeOf('unparsable-body')
}

/** Types are erased: an adapter may cast what it parsed. Loops, because every answer of a load comes through here. */
function hasTextIds(told: Told): boolean {
  switch (told.kind) {
    case 'tokens':
      return true
    case 'session':
    case 'submission':
      return isId(told.session)
    case 'answer':
      return isId(told.session) && isId(told.question)
    case 'questions':
      if (!Array.isArray(told.questions)) return false
      for (const question of told.questions) if (!isId(question)) return false
      return true
    case 'paper':
    case 'review':
      if (!Array.isArray(told.answers)) return false
      for (const answer of told.answers) if (!isId(answer?.question)) return false
      return isId(told.session)
  }
}

function isId(id: unknown): boolean {
  return typeof id === 'string'
}

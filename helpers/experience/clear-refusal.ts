import { fieldAt, fieldsOf } from '../candidate/field-at.ts'
import type { RefusalEnvelope } from '../platform/refusals.ts'
import type { Refusal } from './moments.ts'

/** Refused for now: says when to come back. */
const FOR_NOW: ReadonlySet<number> = new Set([429, 503])
const CODE = /^[A-Za-z][\w.-]{2,}$/
/** JSON, also of a kind that has a name of its own: `application/problem+json` of RFC 9457. */
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i
/** Seconds, or a date as servers write it (RFC 9110, 10.2.3 and 5.6.7). */
const WHEN = /^(?:[1-9]\d*|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT)$/
/** Two words; where a script has no spaces between them, more than a word. */
const SENTENCE =
  /[\p{L}\p{M}]\s+\p{L}|[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]{4}/u
/** A line of a program, as stack traces name it: `store.ts:12`, `Store.java:12`, `views.py", line 12`, `index.php(12)`. */
const LINE_OF_CODE =
  /\.(?:[cm]?[jt]sx?|rb|php|java|kt|scala|go|cs|exs?)(?::(?:line )?\d|\(\d| on line \d)|\.py\\?", line \d/
/** What only a programmer understands, and what helps only an attacker. */
const INSIDES = [
  LINE_OF_CODE,
  /\n\s*at |node_modules|Traceback \(most recent call|goroutine \d+ \[|\b(?:Type|Reference|Syntax|Range)?Error:|\[object /,
  /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b|\bECONN|\bENOENT|SQLSTATE|postgres:|redis:/,
]
const LONGEST_MESSAGE = 300

/** What the platform promises of every refusal. */
export interface RefusalPromise {
  readonly envelope: RefusalEnvelope
  /**
   * The header `X-Request-ID` repeats the request id: true where the platform has a log line to find by it. Where it is false
   * the header may be absent, or be the platform's own.
   */
  readonly repeatsRequestId: boolean
}

/**
 * What is unclear about a refusal, in words; nothing when it has exactly the envelope, a code, a sentence for people, the
 * request id that was sent, and, where it is refused for now only, the seconds to wait or a date to come back.
 */
export function problemsOfRefusal(refusal: Refusal, sentRequestId: string, promise: RefusalPromise): readonly string[] {
  const problems: string[] = []
  if (!JSON_TYPE.test(refusal.contentType ?? '')) problems.push(`came as ${refusal.contentType ?? 'nothing'}`)
  if (promise.repeatsRequestId && refusal.requestId === null) problems.push('has no X-Request-ID')
  else if (promise.repeatsRequestId && refusal.requestId !== sentRequestId)
    problems.push(`has the X-Request-ID of another request: ${refusal.requestId}`)
  if (FOR_NOW.has(refusal.status) && !WHEN.test(refusal.retryAfter ?? ''))
    problems.push(`does not say when to try again: Retry-After is ${refusal.retryAfter ?? 'missing'}`)
  if (INSIDES.some((inside) => inside.test(refusal.body)))
    problems.push(`shows its insides: ${refusal.body.slice(0, 120)}`)
  return [...problems, ...problemsOfBody(refusal.body, sentRequestId, promise.envelope)]
}

function problemsOfBody(text: string, sentRequestId: string, envelope: RefusalEnvelope): readonly string[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return ['is no JSON']
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return ['is no envelope']
  const problems: string[] = []
  const keys = fieldsOf(body, envelope.fields)
  if (keys.join() !== envelope.fields.toSorted().join()) problems.push(`has the fields ${keys.join(', ') || 'none'}`)
  const field = (path: string): unknown => fieldAt(body, path)
  const code = field(envelope.code)
  const message = field(envelope.message)
  if (typeof code !== 'string' || !(envelope.codeLike ?? CODE).test(code)) problems.push(`has no ${envelope.code}`)
  if (typeof message !== 'string' || !SENTENCE.test(message) || message.length > LONGEST_MESSAGE)
    problems.push('has no message that a person could read')
  if (envelope.details !== undefined && !Array.isArray(field(envelope.details))) problems.push('has no list of details')
  if (envelope.requestId !== undefined && field(envelope.requestId) !== sentRequestId)
    problems.push(`names request ${String(field(envelope.requestId))} instead of ${sentRequestId}`)
  return problems
}

import type { Refusal } from './moments.ts'

/** The envelope of every answer that is not 2xx: these keys and no others. */
const ENVELOPE_KEYS = ['details', 'error_code', 'message', 'request_id']
/** Refused for now: says when to come back. */
const FOR_NOW: ReadonlySet<number> = new Set([429, 503])
const CODE = /^[A-Z][A-Z0-9_]{2,}$/
/** What only a programmer understands, and what helps only an attacker. */
const INSIDES =
  /\n\s*at |node_modules|\.[cm]?[jt]s:\d|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b|\b(?:Type|Reference|Syntax|Range)?Error:|ECONN|ENOENT|SQLSTATE|\[object |postgres:|redis:/
const LONGEST_MESSAGE = 300

/**
 * What is unclear about a refusal, in words; nothing when it has exactly the envelope, a code, a sentence for people, the
 * request id that was sent, and, where it is refused for now only, whole seconds to wait.
 */
export function problemsOfRefusal(refusal: Refusal, sentRequestId: string): readonly string[] {
  const problems: string[] = []
  if (!refusal.contentType?.startsWith('application/json')) problems.push(`came as ${refusal.contentType ?? 'nothing'}`)
  if (refusal.requestId === null) problems.push('has no X-Request-ID')
  else if (refusal.requestId !== sentRequestId)
    problems.push(`has the X-Request-ID of another request: ${refusal.requestId}`)
  if (FOR_NOW.has(refusal.status) && !/^[1-9]\d*$/.test(refusal.retryAfter ?? ''))
    problems.push(`does not say when to try again: Retry-After is ${refusal.retryAfter ?? 'missing'}`)
  if (INSIDES.test(refusal.body)) problems.push(`shows its insides: ${refusal.body.slice(0, 120)}`)
  return [...problems, ...problemsOfBody(refusal.body, sentRequestId)]
}

function problemsOfBody(text: string, sentRequestId: string): readonly string[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return ['is no JSON']
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return ['is no envelope']
  const problems: string[] = []
  const keys = Object.keys(body).sort()
  if (keys.join() !== ENVELOPE_KEYS.join()) problems.push(`has the fields ${keys.join(', ') || 'none'}`)
  const { error_code: code, message, details, request_id: requestId } = body as Record<string, unknown>
  if (typeof code !== 'string' || !CODE.test(code)) problems.push('has no error_code')
  if (typeof message !== 'string' || !/\p{L}+\s+\p{L}+/u.test(message) || message.length > LONGEST_MESSAGE)
    problems.push('has no message that a person could read')
  if (!Array.isArray(details)) problems.push('has no list of details')
  if (requestId !== sentRequestId) problems.push(`names request ${String(requestId)} instead of ${sentRequestId}`)
  return problems
}

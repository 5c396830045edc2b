const REDACTED = '[redacted]'

/** A field of this name holds something that opens a door. */
const SECRET_FIELD = /pass(word|wd|phrase)?$|password|secret|token|authorization|cookie|api[-_]?key|private[-_]?key/i

/**
 * What a secret looks like inside a text: JSON Web Tokens, bearer and basic credentials, `password=...` in its usual
 * spellings, credentials in a URL, argon2/bcrypt hashes. Each keeps what tells a reader which kind it was.
 *
 * Repetitions before the tell-tale part are bounded: with open ones, a text of 100 000 characters that only looks like
 * the beginning of a secret took minutes.
 */
const SECRETS_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{5,4000}\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  [/\b(bearer|basic)\s{1,4}[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,100}):[^\s/@]{1,200}@/gi, `$1:${REDACTED}@`],
  // A status after what a guest asked with (`no token: 401`) is said in prose, and opens nothing. Only those steps: three
  // digits may be a password, too.
  [
    /((?:password|passwd|secret|token|api[-_]?key|private[-_]?key|authorization|cookie)(?:[-_]\w{1,20})?["']?\s{0,4}[=:]\s{0,4})(?!(?<=\b(?:(?:no|unreadable|old|renewed) token|wrong password): )[1-5]\d\d(?:\s|$))("[^"]*"|'[^']*'|[^\s,;&}"']+)/gi,
    `$1${REDACTED}`,
  ],
  [/\$(?:argon2\w{0,4}|2[aby])\$[^\s"']+/g, REDACTED],
]

/** `text` without tokens and passwords. */
export function redactText(text: string): string {
  return SECRETS_IN_TEXT.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text)
}

/**
 * A copy of a JSON-like value without tokens and passwords: texts through `redactText`, and texts in a field whose name
 * says that it holds a secret replaced whole. Numbers and booleans stay: a count of tokens is no token.
 */
export function redactDeep<Value>(value: Value): Value {
  return redact(value) as Value
}

function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redact)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_FIELD.test(key) && typeof inner === 'string' ? REDACTED : redact(inner),
    ]),
  )
}

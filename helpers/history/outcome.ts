/**
 * Outcome of an operation, in Jepsen's words: `ok` must have had an effect, `fail` certainly had none, `info` may or
 * may not have had one.
 */
export type Outcome = 'ok' | 'fail' | 'info'

/** What one row of the outcome table says. */
export interface OutcomeRule {
  readonly outcome: Outcome
  /** A real client tries this again by itself, with the same idempotency key or nonce. */
  readonly retryable: boolean
  /** Why this outcome, for the docs. */
  readonly doc: string
}

/**
 * The one table that decides what an answer, or its absence, proves. A reason that is not certain is `info`: the
 * checkers then accept both worlds, which can hide nothing, while a wrong `fail` would invent a violation and a wrong
 * `ok` would hide one. `docs/load.md` carries the same table (tested).
 */
export const OUTCOME_TABLE = {
  success: { outcome: 'ok', retryable: false, doc: '2xx, the body parses and echoes what was asked' },
  superseded: {
    outcome: 'fail',
    retryable: false,
    doc: '2xx that says a newer answer is stored: this one had no effect',
  },

  'connection-refused': { outcome: 'fail', retryable: true, doc: 'nobody listens: nothing was sent' },
  'name-not-resolved': { outcome: 'fail', retryable: true, doc: 'no address for the host name: nothing was sent' },
  'host-unreachable': { outcome: 'fail', retryable: true, doc: 'no route to the host: nothing was sent' },
  'connect-time-out': { outcome: 'fail', retryable: true, doc: 'no connection within the time-out: nothing was sent' },
  'connection-lost-before-send': {
    outcome: 'fail',
    retryable: true,
    doc: 'the connection went away before the first byte of the request',
  },
  'abort-before-send': { outcome: 'fail', retryable: false, doc: 'the candidate gave up before the first byte' },
  'generator-exhausted': {
    outcome: 'fail',
    retryable: true,
    doc: 'the load generator had no socket, port or file handle left (EMFILE, EADDRNOTAVAIL, ENOBUFS): nothing was sent',
  },

  'bad-request': { outcome: 'fail', retryable: false, doc: '400: documented as without effect' },
  unauthorized: { outcome: 'fail', retryable: false, doc: '401: documented as without effect' },
  forbidden: { outcome: 'fail', retryable: false, doc: '403: documented as without effect' },
  'exam-not-open': { outcome: 'fail', retryable: true, doc: '403 EXAM_NOT_OPEN: too early, come back' },
  'not-found': { outcome: 'fail', retryable: false, doc: '404: documented as without effect' },
  conflict: { outcome: 'fail', retryable: false, doc: '409: documented as without effect' },
  'session-closed': { outcome: 'fail', retryable: false, doc: '409 SESSION_CLOSED: submitted or expired before' },
  unprocessable: { outcome: 'fail', retryable: false, doc: '422: documented as without effect' },
  'rate-limited': { outcome: 'fail', retryable: true, doc: '429: refused before any work' },
  'turned-away': {
    outcome: 'fail',
    retryable: true,
    doc: '503 with an error code that the adapter declares, and a contract test proves, to come before any write',
  },

  'time-out': { outcome: 'info', retryable: true, doc: 'no answer within the client time-out after the first byte' },
  'connection-reset': { outcome: 'info', retryable: true, doc: 'the connection broke after the first byte' },
  'client-abort': { outcome: 'info', retryable: false, doc: 'the candidate gave up after the first byte' },
  'server-error': { outcome: 'info', retryable: true, doc: '5xx: the work may have been done before it failed' },
  unavailable: { outcome: 'info', retryable: true, doc: '503 that nothing proves to come before any write' },
  'unparsable-body': { outcome: 'info', retryable: true, doc: '2xx with a body that is not what the contract says' },
  'echo-mismatch': {
    outcome: 'info',
    retryable: false,
    doc: '2xx that echoes another question, version, value, nonce or session than was sent',
  },
  'unexpected-status': { outcome: 'info', retryable: false, doc: 'a status that the contract does not know' },
  'open-at-end': { outcome: 'info', retryable: false, doc: 'not answered when the history ended' },
} as const satisfies Record<string, OutcomeRule>

/** Row id of the outcome table. */
export type OutcomeReason = keyof typeof OUTCOME_TABLE

/** A reason together with the outcome that the table gives it. */
export interface Classified {
  readonly outcome: Outcome
  readonly reason: OutcomeReason
}

/** Look up the outcome of a reason. */
export function outcomeOf(reason: OutcomeReason): Classified {
  return { outcome: OUTCOME_TABLE[reason].outcome, reason }
}

/** Whether a client tries again by itself after this reason. Unknown reasons (another adapter's) are not retried. */
export function isRetryable(reason: string): boolean {
  return Object.hasOwn(OUTCOME_TABLE, reason) && OUTCOME_TABLE[reason as OutcomeReason].retryable
}

/** Codes of Node and undici for a request of which nothing was sent; whatever is missing here is a lost connection. */
const REASON_BEFORE_SEND: Readonly<Record<string, OutcomeReason>> = {
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'name-not-resolved',
  EAI_AGAIN: 'name-not-resolved',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'host-unreachable',
  ETIMEDOUT: 'connect-time-out',
  UND_ERR_CONNECT_TIMEOUT: 'connect-time-out',
  CLIENT_TIME_OUT: 'connect-time-out',
  CLIENT_ABORT: 'abort-before-send',
  UND_ERR_ABORTED: 'abort-before-send',
  EMFILE: 'generator-exhausted',
  ENFILE: 'generator-exhausted',
  EADDRNOTAVAIL: 'generator-exhausted',
  ENOBUFS: 'generator-exhausted',
}

const REASON_AFTER_SEND: Readonly<Record<string, OutcomeReason>> = {
  CLIENT_TIME_OUT: 'time-out',
  ETIMEDOUT: 'time-out',
  UND_ERR_HEADERS_TIMEOUT: 'time-out',
  UND_ERR_BODY_TIMEOUT: 'time-out',
  CLIENT_ABORT: 'client-abort',
  UND_ERR_ABORTED: 'client-abort',
}

/**
 * What a request without an answer proves.
 *
 * @param error what the HTTP client threw; its `code` decides, or that of a cause or of the first of several errors
 * @param sent.bytesSent whether a first byte may have left; when in doubt, true
 */
export function classifyTransportError(error: unknown, sent: { readonly bytesSent: boolean }): Classified {
  const code = errorCodeOf(error)
  if (sent.bytesSent) return outcomeOf((code && REASON_AFTER_SEND[code]) || 'connection-reset')
  return outcomeOf((code && REASON_BEFORE_SEND[code]) || 'connection-lost-before-send')
}

function errorCodeOf(error: unknown): string | undefined {
  // An AggregateError (several addresses tried) and a wrapped one carry the code one level down.
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return undefined
}

const REASON_OF_STATUS: Readonly<Record<number, OutcomeReason>> = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  422: 'unprocessable',
  429: 'rate-limited',
  503: 'unavailable',
}

/**
 * What an answer outside 2xx proves.
 *
 * @param status HTTP status
 * @param errorCode the backend's own code from the error envelope
 * @param turnedAwayCodes error codes of a 503 that a contract test proves to be produced before any write
 */
export function classifyStatus(
  status: number,
  errorCode?: string,
  turnedAwayCodes: readonly string[] = [],
): Classified {
  if (status === 403 && errorCode === 'EXAM_NOT_OPEN') return outcomeOf('exam-not-open')
  if (status === 409 && errorCode === 'SESSION_CLOSED') return outcomeOf('session-closed')
  if (status === 503 && errorCode !== undefined && turnedAwayCodes.includes(errorCode)) return outcomeOf('turned-away')
  const reason = REASON_OF_STATUS[status]
  if (reason !== undefined) return outcomeOf(reason)
  return outcomeOf(status >= 500 && status <= 599 ? 'server-error' : 'unexpected-status')
}

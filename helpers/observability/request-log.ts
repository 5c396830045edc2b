/** The `event` of the one line that a backend writes for each request. */
const REQUEST_EVENT = 'request'
const EXAMPLES_KEPT = 5

/** One request, as the backend logged it. */
export interface LoggedRequest {
  readonly status: number
  readonly durationMs: number
  readonly userId: string | null
  readonly method: string
  readonly route: string
}

/** The log of a backend, read once. */
export interface RequestLog {
  /** By request id; of an id that was logged more than once, the last. */
  readonly requests: ReadonlyMap<string, LoggedRequest>
  /** Lines that tell of a request. */
  readonly requestLines: number
  /** Lines that tell of something else, and lines that are no JSON (a crash writes some). */
  readonly otherLines: number
  readonly unreadableLines: number
  /** Ms since 1970 of the earliest line that has a time; null: none has. */
  readonly firstTimeMs: number | null
  /** Request lines in which a field is missing or of a wrong type, those of `withoutId` apart. */
  readonly incomplete: LinesWithout
  /** Request lines in which the request id is missing and nothing else, by `<method> <route>`. */
  readonly withoutId: ReadonlyMap<string, LinesWithout>
}

/** Lines that lack something: how many, and the first few. */
export interface LinesWithout {
  readonly count: number
  readonly examples: readonly string[]
}

/** A log that was captured, or why it could not be. */
export type CapturedLog =
  | { readonly known: true; readonly log: RequestLog }
  | { readonly known: false; readonly reason: string }

/** What every request line must have. `user_id` is null where nobody has logged in. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  request_id: isText,
  method: isText,
  route: isText,
  status_code: Number.isInteger,
  duration_ms: (value) => typeof value === 'number' && value >= 0,
  user_id: (value) => value === null || isText(value),
}

/**
 * Read a log of JSON lines. Lines of requests are those with `event: "request"`; each must have a request id, method,
 * route template, status, duration and user.
 */
export function readRequestLog(text: string): RequestLog {
  const requests = new Map<string, LoggedRequest>()
  const incomplete = none()
  const withoutId = new Map<string, Lines>()
  let requestLines = 0
  let otherLines = 0
  let unreadableLines = 0
  let firstTimeMs: number | null = null
  for (const line of linesOf(text)) {
    const entry = parseLine(line)
    if (entry === undefined) {
      unreadableLines += 1
      continue
    }
    const timeMs = typeof entry.time === 'string' ? Date.parse(entry.time) : Number.NaN
    if (!Number.isNaN(timeMs)) firstTimeMs = firstTimeMs === null ? timeMs : Math.min(firstTimeMs, timeMs)
    if (entry.event !== REQUEST_EVENT) {
      otherLines += 1
      continue
    }
    requestLines += 1
    const missing = Object.keys(FIELDS).filter((field) => !FIELDS[field]?.(entry[field]))
    if (missing.length > 0) {
      const key = `${entry.method} ${entry.route}`
      const lines = missing.every((field) => field === 'request_id') ? (withoutId.get(key) ?? none()) : incomplete
      if (lines !== incomplete) withoutId.set(key, lines)
      lines.count += 1
      if (lines.examples.length < EXAMPLES_KEPT) {
        lines.examples.push(`without ${missing.join(', ')}: ${line.slice(0, 300)}`)
      }
    }
    if (!isText(entry.request_id)) continue
    requests.set(entry.request_id, {
      status: entry.status_code as number,
      durationMs: entry.duration_ms as number,
      userId: (entry.user_id ?? null) as string | null,
      method: entry.method as string,
      route: entry.route as string,
    })
  }
  return {
    requests,
    requestLines,
    otherLines,
    unreadableLines,
    firstTimeMs,
    incomplete,
    withoutId,
  }
}

/** Filled while the log is read. */
interface Lines extends LinesWithout {
  count: number
  readonly examples: string[]
}

function none(): Lines {
  return { count: 0, examples: [] }
}

/** The lines that are not empty, one at a time: a day's log as an array of lines would double its memory. */
function* linesOf(text: string): Generator<string> {
  let from = 0
  while (from < text.length) {
    const end = text.indexOf('\n', from)
    const line = text.slice(from, end < 0 ? text.length : end)
    if (line !== '' && line !== '\r') yield line
    from = end < 0 ? text.length : end + 1
  }
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : undefined
  } catch {
    // Counted by the caller: what a crash prints is no JSON, and is no harm by itself.
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

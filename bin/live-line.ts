import type { Progress } from '../helpers/progress.ts'
import { readProgress } from '../helpers/progress-file.ts'
import { formatDuration, formatPercentile } from '../reports/figures.ts'
import { visibleText } from '../reports/hostile-text.ts'

const POLL_MS = 1_000
/** Silence never lasts 10 s. */
const PLAIN_LINE_EVERY_MS = 8_000
/** A worker publishes every second; after this its last word is old news. */
const STALE_MS = 5_000
/** How long a terminal shows one of several suites before the next. */
const POLLS_A_TURN = 2

interface Subject {
  readonly what: string
  readonly sinceMs: number
}

/** Where the lines go: a terminal shows one line that changes, anything else a line now and then. */
export interface Output {
  readonly isTTY: boolean
  readonly columns: number
  write(text: string): void
}

export interface LiveLine extends AsyncDisposable {
  /** Say something that stays, on lines of its own. */
  say(text: string): void
  /** What the run is at while no suite plays, in words like `cleaning up`. */
  at(what: string): void
  /** A suite plays from now on, maybe beside others. */
  began(suite: string): void
  ended(suite: string): void
}

/** Show where the run of `runDir` stands until disposed of. */
export function startLiveLine(runDir: string, output: Output): LiveLine {
  const startedMs = performance.now()
  let subject: Subject = { what: 'starting', sinceMs: performance.now() }
  const playing = new Map<string, Subject>()
  let polls = 0
  let spokenMs = performance.now()
  let shown = false
  let polling = Promise.resolve()

  const clear = () => {
    if (shown) output.write('\r\x1b[2K')
    shown = false
  }
  const poll = async () => {
    const subjects = playing.size === 0 ? [subject] : [...playing.values()]
    const describe = async ({ what, sinceMs }: Subject) =>
      describeProgress(
        what,
        performance.now() - startedMs,
        performance.now() - sinceMs,
        playing.has(what) ? await latest(runDir, what) : undefined,
      )
    if (output.isTTY) {
      // One line: those that play at the same time take turns.
      const line = await describe(subjects[Math.floor(polls++ / POLLS_A_TURN) % subjects.length] as Subject)
      clear()
      output.write(line.slice(0, Math.max(20, output.columns - 1)))
      shown = true
    } else if (performance.now() - spokenMs >= PLAIN_LINE_EVERY_MS) {
      spokenMs = performance.now()
      for (const one of subjects) output.write(`${await describe(one)}\n`)
    }
  }
  const timer = setInterval(() => {
    polling = polling.then(poll)
  }, POLL_MS)

  return {
    say(text) {
      clear()
      output.write(`${text}\n`)
      spokenMs = performance.now()
    },
    at(next) {
      subject = { what: next, sinceMs: performance.now() }
    },
    began: (suite) => void playing.set(suite, { what: suite, sinceMs: performance.now() }),
    ended: (suite) => void playing.delete(suite),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await polling
      clear()
    },
  }
}

/** What the worker last said, with its age; or why it could not be read. */
export type News = { readonly progress: Progress; readonly ageMs: number } | { readonly trouble: string } | undefined

async function latest(runDir: string, phase: string): Promise<News> {
  try {
    const read = await readProgress(runDir, phase)
    return read === undefined ? undefined : { progress: read.progress, ageMs: Date.now() - read.writtenAtMs }
  } catch (error) {
    return { trouble: `progress cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/**
 * One line: `[1 min 12 s] 2-load steady: 400 of 400 in, 396 answering, 0 submitted, 131/s, p95 12 ms, 0 errors`.
 * News from before `what` began, or older than 5 s, is not shown as if it were now.
 */
export function describeProgress(what: string, elapsedMs: number, sinceMs: number, news: News): string {
  const prefix = `[${formatDuration(elapsedMs)}] ${visibleText(what)}`
  if (news === undefined) return prefix
  if ('trouble' in news) return `${prefix} (${visibleText(news.trouble)})`
  if (news.ageMs > sinceMs) return prefix
  if (news.ageMs > STALE_MS) return `${prefix} (no news for ${formatDuration(news.ageMs)})`
  const { step, candidates, operationsPerSecond, p95Ms, errors, activeFaults, secondsLeft } = news.progress
  const parts = [
    `${candidates.in} of ${candidates.planned} in`,
    `${candidates.answering} answering`,
    `${candidates.submitted} submitted`,
    `${Math.round(operationsPerSecond)}/s`,
    `p95 ${formatPercentile(p95Ms)}`,
    `${errors} errors`,
    ...(activeFaults.length === 0 ? [] : [`fault ${activeFaults.map(visibleText).join(', ')}`]),
    ...(secondsLeft === null ? [] : [`${formatDuration(secondsLeft * 1_000)} left`]),
  ]
  return `${prefix} ${visibleText(step)}: ${parts.join(', ')}`
}

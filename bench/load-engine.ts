import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { referenceApi } from '../helpers/candidate/reference-api.ts'
import { monotonicClock, takeEpoch } from '../helpers/clock.ts'
import { openJournal } from '../helpers/history/journal.ts'
import { type ExamDayOptions, runExamDay } from '../helpers/load/exam-day.ts'
import { runExamDayOnThreads } from '../helpers/load/generator-threads.ts'
import { type ExamDayPlan, type PlannedAction, planExamDay } from '../helpers/load/plan.ts'
import type { Profile } from '../helpers/load/profile.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import { QUESTIONS } from './load-server.ts'

/*
 * A program: the engine of a rehearsal as it is, `runExamDay` with its history on disk, its ledger, its scheduler, its
 * watch over itself and its progress, against a server that somebody else started. Nothing is switched off.
 *
 * node bench/load-engine.ts <base url> <mean think time, ms; 0: a closed loop> <candidates> <folder> <seconds> [<threads>]
 *
 * `seconds`: so long it is able to answer. SIGTERM ends the day. In the folder are then the history and what a report
 * would say of the steps. A measurement in which an operation went wrong is none: exit 1.
 */
const [baseUrl, thinkMs, candidateCount, dir, seconds, threads = '1'] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string?,
]
const SEED = 1
const START_WITHIN_MS = 10_000
const ARRIVALS_AT_LEAST_MS = 3_000
/** More log-ins than that are no load of an exam, and their time-outs would only spoil what is measured after them. */
const ARRIVALS_PER_SECOND = 1_000
/** What is drawn for a closed loop is thrown away. */
const CLOSED_LOOP_DRAWN_MS = 10_000
/** More than one candidate of a closed loop can do in a second: 50 of them would have to do 50 000/s together. */
const CLOSED_ACTIONS_PER_SECOND = 1_000

const count = Number(candidateCount)
const accounts = Array.from({ length: count }, (_, index) => ({
  id: `candidate-${index}`,
  email: `candidate-${index}@bench.invalid`,
  password: 'bench',
}))
const plan = planFor(count)

const end = new AbortController()
process.once('SIGTERM', () => end.abort())
const epoch = takeEpoch()
await using journal = await openJournal(join(dir, 'history.ndjson'), {
  header: { runId: 'bench', epoch, seed: SEED, planHash: plan.planHash },
})
const options: ExamDayOptions = {
  plan,
  exam: {
    id: 'bench0000',
    candidates: accounts,
    paper: { year: 2026, blocks: ['A'], count: QUESTIONS, durationSeconds: 3_600 },
  },
  api: referenceApi,
  baseUrl: () => baseUrl,
  recorder: journal,
  clock: monotonicClock(epoch),
  signal: end.signal,
  onProgress: () => undefined,
}
const onThreads = { threads: Number(threads), epoch, missed: journal.missed }
const day = Number(threads) === 1 ? await runExamDay(options) : await runExamDayOnThreads({ ...options, ...onThreads })
await writeFile(join(dir, 'steps.json'), JSON.stringify(day.steps))
const { dropped, maxPendingBytes } = journal.health()
if (day.measurements.errors > 0 || dropped > 0) {
  process.stderr.write(
    `${day.measurements.errors} operations went wrong, ${dropped} events were not written (${maxPendingBytes} waiting)\n`,
  )
  process.exitCode = 1
}

/** A day of answers only, because the other tools send nothing else; the way in is the real one. */
function planFor(candidates: number): ExamDayPlan {
  const meanThinkMs = Number(thinkMs) || CLOSED_LOOP_DRAWN_MS
  const profile: Profile = {
    ...PROFILES.smoke,
    candidates,
    questions: QUESTIONS,
    warmUp: { candidates: 0, ms: 0 },
    arrivalsMs: Math.max(ARRIVALS_AT_LEAST_MS, (candidates / ARRIVALS_PER_SECOND) * 1_000),
    clientTimeoutMs: PROFILES.nightly.clientTimeoutMs,
    startWithinMs: START_WITHIN_MS,
    steadyMs: Number(seconds) * 1_000,
    thinkTime: { minMs: meanThinkMs / 2, maxMs: meanThinkMs * 1.5 },
    marks: 0,
    resumeReads: 0,
    doubleSubmits: 0,
    vanish: 0,
    lateRetries: 0,
    doubleStarts: 0,
    answersTogether: 0,
    answersBesideSubmit: 0,
    answersAfterSubmit: 0,
    reviews: 0,
  }
  const paced = planExamDay(profile, SEED, { candidates: accounts })
  if (Number(thinkMs) > 0) return paced
  // One list for everybody: what is drawn for a closed loop would not fit into memory, and nobody thinks in it.
  const actions = Array.from(
    { length: Number(seconds) * CLOSED_ACTIONS_PER_SECOND },
    (_, index): PlannedAction => ({ thinkMs: 0, kind: 'answer', position: index % QUESTIONS, value: index % 5 }),
  )
  return { ...paced, candidates: paced.candidates.map((drawn) => ({ ...drawn, actions, dueActions: 0 })) }
}

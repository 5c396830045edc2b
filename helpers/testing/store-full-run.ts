import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checker } from '../checkers/checker.ts'
import { type DraftEvidence, modelExam } from '../checkers/model-exam.ts'
import { composeVerdict, type RunFacts } from '../compose-verdict.ts'
import { storeEvidence } from '../evidence.ts'
import { openJournal } from '../history/journal.ts'
import { readHistory } from '../history/read-history.ts'
import { judgePhase, type PhaseRecord } from '../judge-phase.ts'
import type { Profile } from '../load/profile.ts'
import { PROFILES } from '../load/profiles.ts'
import { loadResultOf, sampleOf } from '../load/testing/load-result-of.ts'
import { REFERENCE_ROUTES, routeOf } from '../observability/reference-routes.ts'
import { readRequestLog } from '../observability/request-log.ts'
import { type Samples, SOURCE_NAMES } from '../observability/sample.ts'
import { every, HEALTHY_BACKEND, observedOf } from '../observability/testing/observed-of.ts'
import { storePhaseRecord } from '../phase-folder.ts'
import { PHASES } from '../phases.ts'
import reference from '../platform/reference-platform.ts'
import type { Run } from '../run.ts'
import { storeRunRecord } from '../run-record.ts'
import type { RunVerdict } from '../run-verdict.ts'
import { checkOf, phaseOf } from './phase-of.ts'
import { factsOf, runOf } from './run-facts-of.ts'

/** So many attempts that a p95 and an error rate of 1 % can be judged. */
const ATTEMPTS = 400
const EVENTS_PER_FLUSH = 10_000

/** A day in which nobody does anything out of the ordinary: what each phase of such a run has played. */
const SMALL_DAY: Profile = {
  ...PROFILES.smoke,
  ...{ candidates: 20, questions: 12, startsAtBarrier: 1 },
  ...{ revisedAnswers: 0, clearedAnswers: 0, marks: 0, resumeReads: 0, doubleSubmits: 0, vanish: 0 },
  ...{ doubleStarts: 0, answersTogether: 0, answersBesideSubmit: 0 },
  ...{ lateRetries: 0, answersAfterSubmit: 0, reviews: 0 },
}

/** What only somebody on the stage could tell. */
const COMPANION = (['exam-mode', 'recovery-tested'] as const).map((gate) => checkOf({ id: `told-${gate}`, gate }))

export interface FullRun {
  readonly run: Partial<Run> & Pick<Run, 'id' | 'dir'>
  /** As the report names it: `exam/backend:1 sha256:…`. */
  readonly backendImage: string
  readonly finishedAt: string
  readonly source?: RunFacts['source']
  /** Suite ids; every part of all seven phases if absent. */
  readonly parts?: readonly string[]
  readonly checkers: readonly Checker[]
  /** What is not as on the day of twenty candidates and twelve questions that each phase plays. */
  readonly day?: Partial<Pick<Profile, 'candidates' | 'questions'>>
  /** Changes what a phase leaves, before it is stored and judged. */
  readonly spoil?: (left: LeftByPhase) => void
}

export interface LeftByPhase {
  readonly part: string
  readonly evidence: DraftEvidence
  samples: Samples
  /** What the backend has printed, JSON lines. */
  log: string
  /** Why the log could not be had; null: it was. */
  logUnknown: string | null
}

/**
 * A run in its folder as a real one leaves it, history, rows, samples, logs, records and `run.json`, every one of which
 * `rehearse verify` judges again. Written by hand; nothing was measured. The caller writes the report.
 *
 * @returns its verdict: a GO, unless it was spoilt or is of some parts only
 */
export async function storeFullRun(full: FullRun): Promise<RunVerdict> {
  const { backendImage, checkers, finishedAt, source, spoil = leaveAsIs } = full
  const run = runOf(full.run)
  const day = { ...SMALL_DAY, ...full.day }
  const parts = full.parts ?? PHASES.flatMap((phase) => phase.parts)
  const stage = { ...phaseOf().stage, images: { backend: backendImage } }
  const results: Record<string, ReturnType<typeof phaseOf>> = {}
  for (const part of parts) {
    const dir = join(run.dir, part)
    const record = await recordIn(dir, part, { run, stage, day, spoil })
    await storePhaseRecord(record, dir)
    results[part] = judgePhase(record, checkers)
  }
  const facts = factsOf({ run, finishedAt, results, ...(source === undefined ? {} : { source }) })
  await storeRunRecord(facts)
  return composeVerdict(facts)
}

function leaveAsIs(_left: LeftByPhase): void {
  // Nothing goes wrong unless a test says so.
}

/** One phase of such a run in its folder, with everything that it is judged from; the caller judges and stores it. */
export async function recordIn(
  dir: string,
  part: string,
  {
    run = runOf(),
    stage = phaseOf().stage,
    day = SMALL_DAY,
    spoil = leaveAsIs,
  }: Partial<Pick<PhaseRecord['facts'], 'stage'>> & {
    readonly run?: Run
    readonly day?: Profile
    readonly spoil?: FullRun['spoil']
  } = {},
): Promise<PhaseRecord> {
  const load = loadResultOf({
    profile: day,
    samples: [
      ...Array.from({ length: day.candidates }, () => sampleOf({ step: 'start-burst', f: 'create-session' })),
      ...Array.from({ length: ATTEMPTS }, (_, index) => sampleOf({ atMs: 100 * index })),
    ],
    logicals: Array.from({ length: ATTEMPTS }, (_, index) => ({
      intendedUs: 100_000 * index,
      completedUs: 100_000 * index + 9_000,
    })),
  })
  const exam = dayOf(
    load.plan.candidates.map(({ candidate }) => candidate),
    day.questions,
  )
  const events = exam.history().events()
  const wall = exam.expectations().epoch?.wall ?? run.epoch.wall
  const epoch = { ...run.epoch, wall }

  await mkdir(dir, { recursive: true })
  const path = join(dir, 'history.ndjson')
  {
    await using journal = await openJournal(path, {
      header: { runId: run.id, epoch, seed: run.seed, planHash: load.plan.planHash },
    })
    for (const event of events) {
      const { index: _, ...rest } = event
      if (rest.type === 'invoke') journal.invoke(rest)
      else journal.complete(rest)
      // A load waits now and then, and the journal writes meanwhile.
      if (event.index % EVENTS_PER_FLUSH === 0) await journal.flush()
    }
  }
  const history = await readHistory(path)
  const counted: Record<string, number> = {}
  const lines = [JSON.stringify({ time: wall, event: 'worker.listening' })]
  for (const { f, candidate, requestId, status, timeUs } of history.operations()) {
    const { method, route } = routeOf(REFERENCE_ROUTES, f)
    const key = `${method} ${route} ${status}`
    counted[key] = (counted[key] ?? 0) + 1
    const time = new Date(Date.parse(wall) + timeUs / 1_000).toISOString()
    const who = { request_id: requestId, user_id: `user-of-${candidate}` }
    lines.push(JSON.stringify({ time, event: 'request', ...who, method, route, status_code: status, duration_ms: 1 }))
  }
  const backend = every('backend', (second) => ({ ...HEALTHY_BACKEND, requests: second === 0 ? {} : counted }))
  const { sampled: watched, steps } = observedOf({ backend })
  const log = `${lines.join('\n')}\n`
  const left: LeftByPhase = { part, evidence: exam.evidence(), samples: watched.samples, log, logUnknown: null }
  spoil(left)
  const { evidence, logUnknown } = left
  const sampled = { ...watched, samples: left.samples }

  await storeEvidence(evidence, join(dir, 'evidence'))
  if (logUnknown === null) {
    await mkdir(join(dir, 'logs'))
    await writeFile(join(dir, 'logs', 'backend.ndjson'), left.log)
  }

  await mkdir(join(dir, 'metrics'))
  for (const name of SOURCE_NAMES) {
    const samples = sampled.samples[name].map((sample) => `${JSON.stringify(sample)}\n`)
    await writeFile(join(dir, 'metrics', `${name}.ndjson`), samples.join(''))
  }
  return {
    facts: {
      id: part,
      title: `Phase ${part}`,
      epoch,
      startedUs: 0,
      endedUs: sampled.toUs,
      graceSeconds: 0,
      routes: REFERENCE_ROUTES,
      health: reference.health,
      scheduleWords: [],
      ending: { interrupted: false, gone: null, trouble: null },
      before: checkOf({ id: 'steady-state-before', gate: 'graceful-failure' }),
      after: checkOf({ id: 'steady-state-after', gate: 'graceful-failure' }),
      companion: COMPANION,
      faults: null,
      stage,
    },
    plan: load.plan,
    load: { ...load, steps },
    history,
    evidence,
    sampled,
    captured:
      logUnknown === null ? { known: true, log: readRequestLog(left.log) } : { known: false, reason: logUnknown },
  }
}

/** Everybody logs in, answers every question once, reads it back and submits. */
function dayOf(candidates: readonly string[], questions: number) {
  const exam = modelExam(questions)
  candidates.forEach((candidate, position) => {
    const index = exam.events.length
    const timeUs = 2 * position
    const asked = {
      candidate,
      connection: 'main',
      f: 'login',
      step: 'steady',
      requestId: `login-${candidate}`,
      attempt: 1,
    } as const
    exam.events.push({ type: 'invoke', index, timeUs, intendedUs: timeUs, ...asked })
    exam.events.push({
      type: 'ok',
      index: index + 1,
      timeUs: timeUs + 1,
      invocation: index,
      reason: 'success',
      status: 200,
    })
  })
  for (const candidate of candidates) {
    exam.start(candidate)
    exam.readQuestions(candidate)
    for (const question of exam.questions) exam.answer(candidate, question, { value: 1 })
    exam.read(candidate)
    exam.submit(candidate)
  }
  for (const event of exam.events) if (event.type === 'ok') event.status ??= 200
  return exam
}

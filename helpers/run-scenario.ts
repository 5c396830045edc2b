import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials, SessionRequest } from './candidate/exam-api.ts'
import type { Checker, History } from './checkers/checker.ts'
import { emptyHistory } from './checkers/empty-history.ts'
import type { Evidence } from './checkers/evidence-rows.ts'
import { type Clock, monotonicClock } from './clock.ts'
import type { Companion, CompanionConclusion } from './companion.ts'
import { completeEvidence } from './complete-evidence.ts'
import { type MapSql, readEvidence, storeEvidence } from './evidence.ts'
import { evidenceOfExam } from './evidence-of-exam.ts'
import type { FaultTarget } from './faults/fault.ts'
import { type LoadTap, tapLoad } from './faults/load-tap.ts'
import { lookAtHealth } from './faults/look-at-health.ts'
import { createNemesis, type Nemesis } from './faults/nemesis.ts'
import { calmP95Ms, RECOVERY_RULES, type RecoveryRule } from './faults/recovery.ts'
import { describeSchedule, type FaultSchedule } from './faults/schedule.ts'
import { openJournal } from './history/journal.ts'
import { readHistory } from './history/read-history.ts'
import { expectationsOf, judgePhase, type PhaseRecord } from './judge-phase.ts'
import { type ExamDayOptions, type LoadResult, runExamDay } from './load/exam-day.ts'
import { stepBack } from './load/generator-priority.ts'
import { runExamDayOnThreads, threadsFor } from './load/generator-threads.ts'
import type { ExamDayPlan } from './load/plan.ts'
import { openStepGate } from './load/step-gate.ts'
import { captureLog } from './observability/capture-log.ts'
import { startSampler } from './observability/sampler.ts'
import { stageSources } from './observability/stage-sources.ts'
import { stopCondition } from './outside/stop-condition.ts'
import { storePhaseRecord } from './phase-folder.ts'
import type { PhaseResult, StageFacts } from './phase-result.ts'
import { lacking } from './platform/capabilities.ts'
import type { ExamPlatform } from './platform/exam-platform.ts'
import type { Progress } from './progress.ts'
import { publishWait } from './publish-wait.ts'
import type { Run } from './run.ts'
import { settle } from './settle.ts'
import type { Stage } from './stage.ts'
import { probeSteadyState } from './steady-state.ts'
import { untilLeft } from './until-left.ts'
import type { Verdict } from './verdict.ts'

const WATCH_EVERY_MS = 1_000

/** One day that is rehearsed, and how it is judged. A plain object; `runScenario` is the one function that plays it. */
export interface Scenario {
  /** Phase id, for example `2-load`; also the folder of its files below the run's. */
  readonly id: string
  readonly title: string
  readonly plan: ExamDayPlan
  readonly exam: {
    readonly id: string
    readonly candidates: readonly ({ readonly id: string } & Credentials)[]
    readonly paper: SessionRequest['paper']
  }
  /** How the backend is spoken to. */
  readonly platform: ExamPlatform
  readonly checkers: readonly Checker[]
  /** Folder `sql/`. */
  readonly sqlDir: string
  /** Ids of those invariants of `sqlDir` that are somebody's own. */
  readonly ownInvariants?: readonly string[]
  /** What is asked beside the files of `sqlDir`, for a platform with other tables. */
  readonly mapSql?: MapSql
  /** Grace after expiry that the backend was configured with, seconds. */
  readonly graceSeconds: number
  /** What is broken on purpose while candidates work, and on what. Absent: nothing is. */
  readonly faults?: { readonly schedule: FaultSchedule; readonly target: FaultTarget }
  /** Who is at work beside the candidates. Absent: nobody. */
  readonly companion?: Companion
  /** Begins every request id, for a platform that others must find them on. Absent: the exam and the candidate do. */
  readonly requestIdPrefix?: string
  /** The day is ended when more than this share of requests failed, 0..1; see `stopCondition`. Absent: it never is. */
  readonly stopErrorRate?: number
  /**
   * Proof only: change what the database holds after the load and before the evidence is read, so that a checker can be
   * seen red. A rehearsal never has one.
   */
  readonly tamper?: (databaseUrl: string) => Promise<void>
}

/**
 * Play one scenario on a stage that stands, in this order: steady state before (a gate) → load, with faults beside it →
 * drain → quiet → steady state after → evidence → checks.
 *
 * Never throws: whatever ended it early is the check `phase-completed`, unknown with the reason, and everything that
 * could still be read is judged. On `signal` the load stops, and the evidence of what happened so far is still read.
 */
export async function runScenario(
  scenario: Scenario,
  stage: Stage,
  run: Run,
  signal: AbortSignal,
  publish: (progress: Progress) => void,
): Promise<PhaseResult> {
  const clock = monotonicClock(run.epoch)
  const startedUs = clock.nowUs()
  const dir = join(run.dir, scenario.id)
  const historyPath = join(dir, 'history.ndjson')
  await mkdir(dir, { recursive: true })

  const lost = new AbortController()
  const halted = new AbortController()
  const stop = AbortSignal.any([signal, lost.signal, halted.signal])
  const faults = arrangeFaults(scenario, clock)
  await using sampler = await startSampler({
    sources: stageSources(stage, scenario.sqlDir, scenario.platform.health),
    clock,
    dir: join(dir, 'metrics'),
  })
  const before = await probe('steady-state-before', scenario, stage, stop)
  let load: LoadResult | undefined
  let trouble: unknown
  if (before.valid === true) {
    using _watch = watchStage(stage, lost, faults?.nemesis)
    try {
      const halt = (reason: string) => halted.abort(reason)
      let last: Progress | undefined
      const tell = (progress: Progress) => {
        last = progress
        publish(progress)
      }
      load = await playLoad(scenario, stage, run, clock, historyPath, faults, stop, tell, halt)
      // Without rows nobody knows whether anything is still under way.
      if (!stop.aborted && stage.outside?.database !== false) {
        const { id: examId, paper } = scenario.exam
        const { durationSeconds } = paper
        const { graceSeconds } = scenario
        const { mapSql: map } = scenario
        using waiting = new DisposableStack()
        const onWait = (waitMs: number) => {
          if (last !== undefined) waiting.use(publishWait(publish, last, waitMs))
        }
        const databaseUrl = stage.databaseUrl()
        await settle({ databaseUrl, examId, durationSeconds, graceSeconds, signal: stop, map, onWait })
      }
    } catch (error) {
      trouble = error
    }
  }
  const after = await probe('steady-state-after', scenario, stage, stop)
  const sampled = await sampler.stop()
  const captured = await captureLog(stage, join(dir, 'logs'))

  if (scenario.tamper !== undefined) await scenario.tamper(stage.databaseUrl())
  const gone = lost.signal.aborted ? String(lost.signal.reason) : await stage.lost()
  const read = await readRows(scenario, stage)
  const { history, unreadable } = await readBack(historyPath)
  const { evidence, leftOut } =
    stage.outside?.database === true
      ? evidenceOfExam(read, scenario.exam.id, sessionsTold(history))
      : { evidence: read, leftOut: 0 }
  const notStored = await storeRows(evidence, dir)

  const played = faults === undefined ? null : { played: faults.nemesis.played, windows: faults.nemesis.windows() }
  const lacks = lacking(scenario.platform.capabilities)
  const expected = { graceSeconds: scenario.graceSeconds, epoch: run.epoch, faults: played, lacks }
  const accompanied = await concludeCompanion(scenario, {
    stage,
    dir,
    history,
    evidence: completeEvidence(evidence),
    expectations: expectationsOf(expected, scenario.plan),
    faults: played?.played ?? [],
    machine: sampled.samples.machine,
    signal,
  })

  const record: PhaseRecord = {
    facts: {
      id: scenario.id,
      title: scenario.title,
      epoch: run.epoch,
      startedUs,
      endedUs: clock.nowUs(),
      graceSeconds: scenario.graceSeconds,
      routes: scenario.platform.routes,
      health: scenario.platform.health,
      ...(lacks.length === 0 ? {} : { lacks }),
      ...(stage.outside === undefined ? {} : { outside: stage.outside }),
      scheduleWords: describeSchedule(scenario.faults?.schedule ?? []),
      ending: {
        interrupted: signal.aborted,
        gone,
        trouble: describeTrouble(
          trouble ?? (halted.signal.reason as unknown) ?? unreadable ?? notStored ?? accompanied.trouble,
        ),
      },
      before,
      after,
      faults: played,
      companion: accompanied.checks,
      stage: withLeftOut(stage.facts, leftOut),
    },
    plan: scenario.plan,
    load: load ?? null,
    history,
    evidence,
    sampled,
    captured,
  }
  return judgePhase(await keep(record, dir), scenario.checkers)
}

/** Store what is judged; what could not be stored cannot be judged again, which is trouble of the phase. */
async function keep(record: PhaseRecord, dir: string): Promise<PhaseRecord> {
  try {
    await storePhaseRecord(record, dir)
    return record
  } catch (error) {
    const { ending } = record.facts
    const trouble = `${ending.trouble ?? 'the record of the phase could not be stored'}: ${describeTrouble(error)}`
    return { ...record, facts: { ...record.facts, ending: { ...ending, trouble } } }
  }
}

/** What the companion found. That it could not say so is trouble of the phase, and never a pass. */
async function concludeCompanion(
  { companion }: Scenario,
  conclusion: CompanionConclusion,
): Promise<{ readonly checks: readonly Verdict[]; readonly trouble?: unknown }> {
  try {
    return { checks: (await companion?.conclude(conclusion)) ?? [] }
  } catch (trouble) {
    return { checks: [], trouble }
  }
}

function probe(
  id: 'steady-state-before' | 'steady-state-after',
  scenario: Scenario,
  stage: Stage,
  signal: AbortSignal,
): Promise<Verdict> {
  const limitMs = scenario.plan.profile.thresholds.p95Ms
  const { health } = scenario.platform
  return probeSteadyState({ id, baseUrl: stage.baseUrl(), health, limitMs, signal })
}

interface Faults {
  readonly nemesis: Nemesis
  readonly tap: LoadTap
  readonly rule: RecoveryRule
}

/** The nemesis of this scenario, with the tap by which it follows the load; undefined when nothing is to be broken. */
function arrangeFaults({ faults, plan }: Scenario, clock: Clock): Faults | undefined {
  if (faults === undefined) return undefined
  const tap = tapLoad()
  const rule = RECOVERY_RULES[plan.profile.name]
  const wait = (ms: number, over: AbortSignal): Promise<boolean> =>
    // It rejects for one reason only.
    sleep(ms, undefined, { signal: over }).then(
      () => true,
      () => false,
    )
  const health = () => lookAtHealth(faults.target)
  const calm = calmP95Ms(plan.profile.thresholds.p95Ms)
  const nemesis = createNemesis({ ...faults, clock, load: tap, rule, calmP95Ms: calm, health, sleep: wait })
  return { tap, rule, nemesis }
}

/**
 * The load, and the faults beside it, which are healed before this returns. The journal is closed by then, so that what
 * is read back is everything that was written.
 */
async function playLoad(
  scenario: Scenario,
  stage: Stage,
  run: Run,
  clock: Clock,
  historyPath: string,
  faults: Faults | undefined,
  signal: AbortSignal,
  publish: (progress: Progress) => void,
  halt: (reason: string) => void,
): Promise<LoadResult> {
  const { plan, exam, platform, companion, requestIdPrefix, stopErrorRate } = scenario
  await using journal = await openJournal(historyPath, {
    header: { runId: run.id, epoch: run.epoch, seed: run.seed, planHash: plan.planHash },
  })
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  const breaking = faults?.nemesis.play(ended)
  const activeFaults = () => faults?.nemesis.active() ?? []
  const tapped = faults?.tap.onto(journal) ?? journal
  const recorder = stopErrorRate === undefined ? tapped : stopCondition(tapped, stopErrorRate, halt)
  const steps = openStepGate(ended)
  const readyForFaults = () => faults?.nemesis.companionReady()
  const accompanying = companion?.play({
    stage,
    clock,
    // Not through the tap: what a companion is refused on purpose says nothing about the recovery from a fault.
    recorder: journal,
    dir: join(run.dir, scenario.id),
    stepBegan: steps.began,
    readyForFaults,
    activeFaults,
    signal: ended,
  })
  // Nobody waits for whoever is not there, or has left. A rejection is heard below, when the load is over.
  Promise.resolve(accompanying).then(readyForFaults, readyForFaults)
  try {
    const day: ExamDayOptions = {
      plan,
      exam,
      api: platform.api,
      lacks: new Set(lacking(platform.capabilities)),
      baseUrl: () => stage.baseUrl(),
      recorder,
      clock,
      signal,
      phase: scenario.id,
      ...(requestIdPrefix === undefined ? {} : { requestIdPrefix }),
      activeFaults,
      onProgress: publish,
      onStep: (step, atUs) => {
        steps.open(step)
        faults?.nemesis.stepBegan(step, atUs)
      },
    }
    const threads = threadsFor(plan.profile)
    if (threads === 1) return await runExamDay(day)
    const { epoch } = run
    // The module that `platform` was loaded from: every thread loads it for itself.
    const platformFile = run.platform === undefined ? {} : { platformFile: run.platform.file }
    return await runExamDayOnThreads({ ...day, ...platformFile, threads, epoch, missed: journal.missed })
  } finally {
    over.abort()
    await breaking
    await untilLeft(accompanying)
    if ((run.atOnce ?? 1) > 1) stepBack()
  }
}

/** Look at the stage about once a second, and abort `lost` with the reason when it is gone. */
function watchStage(stage: Stage, lost: AbortController, nemesis: Nemesis | undefined): Disposable {
  let timer: NodeJS.Timeout
  let over = false
  const look = async () => {
    const reason = await stage.lost((part) => nemesis?.hasStopped(part) === true)
    if (over) return
    if (reason === null) timer = setTimeout(look, WATCH_EVERY_MS)
    else lost.abort(reason)
  }
  timer = setTimeout(look, WATCH_EVERY_MS)
  return {
    [Symbol.dispose]() {
      over = true
      clearTimeout(timer)
    },
  }
}

/** What the database holds, and the durability settings of the stage. */
async function readRows(scenario: Scenario, stage: Stage): Promise<Evidence> {
  const { sqlDir, graceSeconds } = scenario
  const read =
    stage.outside?.database === false
      ? NO_ROWS
      : await readEvidence({ databaseUrl: stage.databaseUrl(), sqlDir, graceSeconds })
  return { ...read, settings: await stage.durability() }
}

/** Evidence that could be read is judged, also where it could not be stored with the run. @returns why it could not be */
async function storeRows(evidence: Evidence, dir: string): Promise<unknown> {
  try {
    await storeEvidence(evidence, join(dir, 'evidence'))
    return undefined
  } catch (notStored) {
    return notStored
  }
}

/** The sessions of which candidates were told when they started or came back. */
function sessionsTold(history: History): ReadonlySet<string> {
  const sessions = new Set<string>()
  for (const { told } of history.operations()) if (told?.kind === 'session') sessions.add(told.session)
  return sessions
}

/** Whoever counts the rows of the database must find those that were not judged. */
function withLeftOut(facts: StageFacts, leftOut: number): StageFacts {
  if (leftOut === 0) return facts
  const note = `Sessions of other exams in the database, left out and not judged: ${leftOut}.`
  return { ...facts, notes: [...facts.notes, note] }
}

const UNSEEN = { known: false, reason: 'nobody may read the database of the platform' } as const

/** Of a platform whose database nobody may read. */
const NO_ROWS: Omit<Evidence, 'settings'> = {
  sessions: UNSEEN,
  answers: UNSEEN,
  closingEvents: UNSEEN,
  papers: UNSEEN,
  invariants: [],
}

async function readBack(path: string): Promise<{ history: History; unreadable?: unknown }> {
  try {
    return { history: await readHistory(path) }
  } catch (unreadable) {
    return { history: emptyHistory, unreadable }
  }
}

function describeTrouble(trouble: unknown): string | null {
  if (trouble === undefined) return null
  return trouble instanceof Error ? trouble.message : String(trouble)
}

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { authorisation } from '../candidate/authorisation.ts'
import type { Credentials, ExamApi, Tokens } from '../candidate/exam-api.ts'
import { fieldAt, fieldsOf } from '../candidate/field-at.ts'
import { claimOf, keepTokens } from '../candidate/kept-tokens.ts'
import { logInOnRecord } from '../candidate/log-in-on-record.ts'
import type { CompanionContext } from '../companion.ts'
import { RehearsalError } from '../errors.ts'
import { type Answer, askOnce, fieldOf, type Question } from './ask.ts'
import { type JobClaim, type JobLedger, openJobLedger } from './job-ledger.ts'
import type { FreezeContract, FreezeJob, FreezeOperation } from './operations.ts'
import type { ProtectedState } from './protected-state.ts'
import type { FreezeRecord, JobRecord } from './record.ts'
import { type ProcessCount, servingWorkers } from './serving-workers.ts'
import { openTableLooks } from './table-looks.ts'

/** Of the administrator in the history, where only the log-in is written down. */
const ADMINISTRATOR = 'exam-administrator'
/** So many new connections are opened at most until every worker has answered once. */
const MOST_TRIES = 16
const LOOK_FOR_STATE_MS = 25
const WATCH_FAULTS_MS = 40
/** Rest between two rounds, so that the prober stays one among many. */
const ROUND_PAUSE_MS = 250
const LOOK_FOR_JOB_MS = 40
const JOB_STARTS_WITHIN_MS = 8_000
/** A job that should have stopped is not waited for longer than this after the bound. */
const JOB_STOPS_WITHIN_MS = 6_000

/** What the prober needs of the platform beside HTTP and its tables. */
export interface FreezeTarget extends ProcessCount {
  readonly baseUrl: () => string
  /** Run a command in the backend's environment. Rejects where it cannot be started. */
  runJob(command: readonly string[]): Promise<{ readonly exitCode: number }>
}

export interface ProberOptions {
  readonly contract: FreezeContract
  readonly target: FreezeTarget
  readonly api: ExamApi
  readonly admin: Credentials
  readonly examId: string
  /** Names of the faults that are played beside. */
  readonly faults: readonly string[]
  /** So long each of the short windows lasts in which frozen and not frozen answers are compared. */
  readonly compareMs: number
  /** A job that is meant to run to its end, or to be skipped, is not waited for longer. */
  readonly jobEndsWithinMs: number
  readonly state: ProtectedState
  readonly write: (record: FreezeRecord) => void
  readonly context: Pick<
    CompanionContext,
    'clock' | 'recorder' | 'stepBegan' | 'readyForFaults' | 'activeFaults' | 'signal'
  >
}

/**
 * The administrator of an exam day, at work beside the candidates: tries everything that the freeze forbids, first
 * without it, then under it until the last candidate is done, and writes down what came of each try.
 *
 * 1. not frozen: positive controls of operations and jobs; a slow job is started
 * 2. frozen from before the doors open until after the burst: the slow job must stop, every operation on every worker
 * 3. not frozen and frozen in turn, to compare what candidates measure
 * 4. frozen to the end: compared once more, then the faults of the phase are played
 *
 * Resolves when the signal aborts. @throws PRECONDITION_FAILED when the administrator cannot log in at all; a renewal of
 * the log-in may fail, and what is not asked because of that is on record without an answer
 */
export async function playProber(options: ProberOptions): Promise<void> {
  const { api, contract, target, examId, state, write, context, compareMs } = options
  const { clock, signal, stepBegan } = context
  const { operations, switchPath, propagationMs, jobs, slowJob } = contract
  const { count: workers, unnamed } = await servingWorkers(contract, target)
  const kept = await keepTokens(() => logIn(options), clock)
  const ask = async (question: Question, as: 'administrator' | 'nobody' = 'administrator'): Promise<Answer> => {
    const tokens = as === 'nobody' ? undefined : await kept.current()
    // With an old token it would be 401, which is no word about the freeze.
    if (tokens === null) return notAsked(clock.nowUs(), 'the administrator could not log in again')
    const answer = await askOnce(
      target.baseUrl,
      clock,
      tokens === undefined ? question : { ...question, authorisation: authorisation(api, tokens) },
    )
    return answer.status === null ? answer : { ...answer, worker: answer.worker ?? unnamed }
  }
  const me = await ask({ method: 'GET', path: switchPath })
  if (me.status !== 200) throw notLoggedIn(`the switch of the freeze answered ${me.status ?? me.problem}`)
  write({ kind: 'header', workers, actor: subjectOf(kept.first.accessToken), faults: options.faults })
  using _watch = watchFaults(context, write)

  const looks = await openTableLooks(state, clock)
  const look = async (): Promise<void> => write({ kind: 'look', ...(await looks.again()) })

  /** From then on nothing may change any more, µs. */
  let settledUs = clock.nowUs()
  const toggle = async (enabled: boolean, reason: string): Promise<void> => {
    // What happened in the window that ends here belongs to it.
    await look()
    const answer = await ask({ method: 'POST', path: switchPath, body: { enabled, reason } })
    write({ kind: 'toggle', enabled, reason, ...requestOf(answer) })
    settledUs = answer.completeUs + propagationMs * 1_000
  }
  const readState = async (): Promise<{ worker: string; enabled: boolean } | undefined> => {
    const answer = await ask({ method: 'GET', path: switchPath })
    const enabled = answer.status === 200 ? booleanOf(fieldOf(answer.json, 'enabled')) : null
    const source = answer.status === 200 ? textOf(fieldOf(answer.json, 'source')) : null
    const { requestId: _, ...reply } = requestOf(answer)
    write({ kind: 'state', enabled, source, ...reply })
    return answer.worker === null || enabled === null ? undefined : { worker: answer.worker, enabled }
  }
  /** Until every worker says what was just acknowledged, or the bound is over: then it is for the checkers. */
  const untilKnown = async (enabled: boolean): Promise<void> => {
    const lastUs = clock.nowUs() + propagationMs * 1_000
    const said = new Map<string, boolean>()
    while (!signal.aborted && clock.nowUs() < lastUs) {
      const told = await readState()
      if (told !== undefined) said.set(told.worker, told.enabled)
      if (said.size >= workers && [...said.values()].every((is) => is === enabled)) return
      await pause(LOOK_FOR_STATE_MS, signal)
    }
  }
  const probe = async (operation: FreezeOperation): Promise<string | null> => {
    const { method, path, body, authenticated } = operation
    // What changed while it was still allowed to is not to be found by a probe that comes when it is not.
    if (looks.latestUs() <= settledUs && clock.nowUs() > settledUs) await look()
    const answer = await ask(
      { method, path: path.replace('{exam}', examId), ...(body === undefined ? {} : { body }) },
      authenticated ? 'administrator' : 'nobody',
    )
    const { sinceUs, changed } = await looks.again()
    write({
      kind: 'probe',
      operation: operation.id,
      ...requestOf(answer),
      errorCode: textOf(fieldAt(answer.json, contract.refusal.codeField)),
      exactEnvelope: isExact(answer, contract.refusal),
      sinceUs,
      changed,
    })
    return answer.worker
  }
  /** Until every worker has answered, or it was tried often enough. */
  const onEveryWorker = async (ask: () => Promise<string | null>): Promise<void> => {
    const seen = new Set<string>()
    for (let tries = 0; tries < MOST_TRIES && seen.size < workers && !signal.aborted; tries += 1) {
      const worker = await ask()
      if (worker === null) return
      seen.add(worker)
    }
  }
  const controls = async (): Promise<void> => {
    for (const operation of operations) if (!signal.aborted) await probe(operation)
  }
  const round = async (): Promise<void> => {
    await onEveryWorker(async () => (await readState())?.worker ?? null)
    for (const operation of operations) {
      if (operation.underFreeze === 'refused') await onEveryWorker(() => probe(operation))
      else if (!signal.aborted) await probe(operation)
    }
    await pause(ROUND_PAUSE_MS, signal)
  }
  const roundsUntil = async (over: () => boolean): Promise<void> => {
    while (!signal.aborted && !over()) await round()
  }
  const ledger = openJobLedger(() => state.jobRuns())
  const runClaimed = jobRunner(options)
  const jobOf: RunJob = async (job, purpose) => {
    const claim = await ledger.claim(job.name)
    const invokeUs = clock.nowUs()
    const running = runClaimed(job, purpose, claim)
    return (await inTime(running, options.jobEndsWithinMs)) ?? notEnded(options, { job, purpose, invokeUs, claim })
  }

  await toggle(false, 'rehearsal: an ordinary day')
  await controls()
  await Promise.all(jobs.map(async (job) => write(await jobOf(job, 'control'))))
  const slow = slowJob === undefined ? undefined : await startSlowJob(options, slowJob, ledger, runClaimed)

  await toggle(true, 'rehearsal: the doors will open')
  const firstAckUs = clock.nowUs()
  await untilKnown(true)
  await look()
  let burst = false
  const burstBegan = stepBegan('start-burst').then(async (began) => {
    if (began) await pause(compareMs, signal)
    burst = true
  })
  const stopped = slow?.ended(firstAckUs)
  // Beside the rounds: a job takes a second to start, and the burst does not wait for it.
  const skips = (async () => {
    await pause(Math.max(0, propagationMs + LOOK_FOR_STATE_MS - (clock.nowUs() - firstAckUs) / 1_000), signal)
    const skip = async (job: FreezeJob): Promise<void> => {
      // Beside a run of itself it would be sent away as busy, which is no answer to whether it is skipped.
      if (job.name === slowJob?.name) await stopped
      if (!signal.aborted) write(await jobOf(job, 'skip'))
    }
    await Promise.all(jobs.map(skip))
  })()
  await roundsUntil(() => burst && clock.nowUs() > firstAckUs + propagationMs * 1_000)
  await Promise.all([burstBegan, skips, stopped])
  await round()

  for (const [enabled, reason] of [
    [false, 'rehearsal: off, to compare'],
    [true, 'rehearsal: on, to compare'],
    [false, 'rehearsal: off again, to compare'],
    [true, 'rehearsal: until the last candidate is done'],
  ] as const) {
    if (signal.aborted) return
    await toggle(enabled, reason)
    await untilKnown(enabled)
    await look()
    await pause(compareMs, signal)
  }
  // Whatever is broken must fall into this last window, which begins late on a slow machine, or a platform whose jobs do not
  // skip. And not before its comparison is over, to which no answer counts from a fault on; a fault may also have begun a
  // little before it is noticed, and must not seem to have begun before the acknowledgement.
  context.readyForFaults()
  await roundsUntil(() => false)
  await look()
}

/**
 * What a job has come to; undefined: it had not ended in time. It goes on then, and its claim with it: what it puts on
 * record later must not pass for the run of another start.
 */
async function inTime(running: Promise<JobRecord>, ms: number): Promise<JobRecord | undefined> {
  // Once the time is up nobody hears of it.
  running.catch(() => undefined)
  const over = new AbortController()
  try {
    return await Promise.race([running, pause(ms, over.signal).then(() => undefined)])
  } finally {
    over.abort()
  }
}

async function notEnded(
  { context, jobEndsWithinMs }: ProberOptions,
  {
    job,
    purpose,
    invokeUs,
    claim,
  }: Pick<JobRecord, 'purpose' | 'invokeUs'> & { readonly job: FreezeJob; readonly claim: JobClaim },
): Promise<JobRecord> {
  const completeUs = context.clock.nowUs()
  return {
    kind: 'job',
    job: job.name,
    purpose,
    invokeUs,
    completeUs,
    exitCode: null,
    ...runOf(await claim.find()),
    problem: `it had not ended within ${jobEndsWithinMs / 1_000} s`,
  }
}

interface SlowJob {
  /** Resolves when it has ended or is not waited for any more, and is written down. */
  ended(frozenUs: number): Promise<void>
}

type RunJob = (job: FreezeJob, purpose: JobRecord['purpose']) => Promise<JobRecord>

type RunClaimed = (job: FreezeJob, purpose: JobRecord['purpose'], claim: JobClaim) => Promise<JobRecord>

/** Start a job and wait until it says that it is running. */
async function startSlowJob(
  options: ProberOptions,
  job: FreezeJob,
  ledger: JobLedger,
  runClaimed: RunClaimed,
): Promise<SlowJob> {
  const { contract, write, context } = options
  const { clock, signal } = context
  const claim = await ledger.claim(job.name)
  const invokeUs = clock.nowUs()
  const running = runClaimed(job, 'stop', claim)
  // Heard below.
  running.catch(() => undefined)
  let seenRunning = false
  const untilUs = invokeUs + JOB_STARTS_WITHIN_MS * 1_000
  while (!seenRunning && !signal.aborted && clock.nowUs() < untilUs) {
    const run = await claim.find()
    seenRunning = run !== undefined && run !== 'unclear' && run.status === contract.jobStatus.running
    if (!seenRunning && run !== undefined) break
    await pause(LOOK_FOR_JOB_MS, signal)
  }
  return {
    async ended(frozenUs) {
      const over = new AbortController()
      const lastMs = contract.propagationMs + JOB_STOPS_WITHIN_MS - (clock.nowUs() - frozenUs) / 1_000
      const stillRunning = pause(Math.max(0, lastMs), AbortSignal.any([over.signal, signal])).then(
        async (): Promise<JobRecord> => ({
          kind: 'job',
          job: job.name,
          purpose: 'stop',
          invokeUs,
          completeUs: clock.nowUs(),
          exitCode: null,
          ...runOf(await claim.find()),
          problem: signal.aborted ? 'the day was over before it had ended' : 'it had not ended',
        }),
      )
      const record = await Promise.race([running, stillRunning])
      over.abort()
      await stillRunning
      write({ ...record, seenRunning })
    },
  }
}

function jobRunner({ target, context }: ProberOptions): RunClaimed {
  const { clock } = context
  return async (job, purpose, claim) => {
    const invokeUs = clock.nowUs()
    let exitCode: number | null = null
    let problem: string | undefined
    try {
      exitCode = (await target.runJob(job.command)).exitCode
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
    const completeUs = clock.nowUs()
    const run = runOf(await claim.find())
    claim.release()
    return {
      kind: 'job',
      job: job.name,
      purpose,
      invokeUs,
      completeUs,
      exitCode,
      ...run,
      ...(problem === undefined ? {} : { problem }),
    }
  }
}

function runOf(row: Awaited<ReturnType<JobClaim['find']>>): Pick<JobRecord, 'run' | 'unclear'> {
  if (row === undefined) return { run: null }
  if (row === 'unclear') return { run: null, unclear: true }
  return { run: { status: row.status, reason: row.reason, stepsDone: row.steps_done, rowsWritten: row.rows_written } }
}

async function logIn({ api, admin, target, context }: ProberOptions): Promise<Tokens> {
  const { clock, recorder, signal } = context
  const { reply: tokens, reason } = await logInOnRecord({
    name: ADMINISTRATOR,
    credentials: admin,
    api,
    baseUrl: target.baseUrl,
    requestIdPrefix: 'freeze',
    clock,
    recorder,
    signal,
  })
  if (tokens === undefined) throw notLoggedIn(`the log-in ended with ${reason}`)
  return tokens
}

function notLoggedIn(seen: string): RehearsalError {
  return new RehearsalError('PRECONDITION_FAILED', {
    expected: 'the administrator of the exam can log in and read the switch of the freeze',
    seen,
    next: 'Check the administrator account and its role; without it the freeze cannot be rehearsed.',
    service: 'backend',
  })
}

/** `sub` of an access token: who the log must name. null: a session cookie, say, names nobody, and all else can be judged. */
function subjectOf(token: string): string | null {
  const subject = claimOf(token, 'sub')
  return typeof subject === 'string' ? subject : null
}

/** What is not asked gets no answer. */
function notAsked(nowUs: number, problem: string): Answer {
  const requestId = `freeze-${randomUUID()}`
  return { requestId, invokeUs: nowUs, completeUs: nowUs, status: null, worker: null, json: null, problem }
}

function watchFaults(
  { clock, activeFaults }: Pick<CompanionContext, 'clock' | 'activeFaults'>,
  write: (record: FreezeRecord) => void,
): Disposable {
  let active = new Set<string>()
  const watch = () => {
    const now = new Set(activeFaults())
    const timeUs = clock.nowUs()
    for (const name of now) if (!active.has(name)) write({ kind: 'fault', name, active: true, timeUs })
    for (const name of active) if (!now.has(name)) write({ kind: 'fault', name, active: false, timeUs })
    active = now
  }
  const timer = setInterval(watch, WATCH_FAULTS_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function requestOf({ requestId, invokeUs, completeUs, status, worker, problem }: Answer) {
  return { requestId, invokeUs, completeUs, status, worker, ...(problem === undefined ? {} : { problem }) }
}

function isExact({ json, requestId }: Answer, { fields, requestIdField }: FreezeContract['refusal']): boolean {
  if (typeof json !== 'object' || json === null) return false
  return (
    fieldsOf(json, fields).join() === fields.toSorted().join() &&
    (requestIdField === undefined || fieldAt(json, requestIdField) === requestId)
  )
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

/** The signal ends a pause early; whoever paused looks at it. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Epoch } from '../clock.ts'
import { RehearsalError } from '../errors.ts'
import { type BatchMerge, type EventBatch, mergeBatches } from '../history/event-batches.ts'
import type { Capability } from '../platform/capabilities.ts'
import type { Progress } from '../progress.ts'
import { announceSteps, composeDay, membersOf, progressOf } from './compose-day.ts'
import {
  type ExamDay,
  type ExamDayOptions,
  every,
  type LoadResult,
  PROGRESS_EVERY_MS,
  START_LEAD_MS,
} from './exam-day.ts'
import { favourGenerator } from './generator-priority.ts'
import { type HistogramCounts, latencyHistogram, mergeCounts } from './histogram.ts'
import { type MeterTables, mergeMeasurements } from './meter.ts'
import { CUT_GRACE_MS, type SharedPlan, type ShareMember, type ShareResult, type ShareStanding } from './play-share.ts'
import type { Profile } from './profile.ts'
import { createScheduler } from './scheduler.ts'

/** What a day on several threads is told, beside what every day is. */
export interface ThreadedDayOptions extends Omit<ExamDayOptions, 'api'> {
  /** How many threads play candidates, at least 1; see {@link threadsFor}. This one plays none. */
  readonly threads: number
  /** The epoch that `clock` counts from: a clock cannot be handed over, and all threads must show one time. */
  readonly epoch: Epoch
  /** Module of the platform, absolute, which each thread loads for itself; absent: the reference. */
  readonly platformFile?: string
  /** So many events, at least, happened and will never reach `recorder`: the history is incomplete. */
  readonly missed: (events: number) => void
  /** Most bytes of events that may wait in each thread. What comes on top is dropped, counted, and ends in an error. */
  readonly maxPendingBytes?: number
  /** How long after the end of the day, or an abort and its grace, a thread may take to say that it is done, ms. */
  readonly answersWithinMs?: number
}

/** Where the platform is, or why nobody can say. */
export type Address = { readonly baseUrl: string } | { readonly problem: string }

/** What a thread is made with. Serialisable. */
export interface ThreadTask {
  readonly epoch: Epoch
  readonly platformFile?: string
  readonly plan: SharedPlan
  readonly exam: Pick<ExamDay, 'id' | 'paper'>
  readonly members: readonly ShareMember[]
  readonly lacks: readonly Capability[]
  readonly requestIdPrefix?: string
  readonly maxPendingBytes: number
}

/** What a thread is told. */
export type ToThread =
  | { readonly kind: 'begin'; readonly originUs: number }
  | { readonly kind: 'address'; readonly address: Address }
  /** The last batch is written down; here are its pages. */
  | { readonly kind: 'taken'; readonly pages: EventBatch['pages'] }
  /** Start nothing more; what is in flight gets a short grace. */
  | { readonly kind: 'stop' }
  /** All shares are done: tell what came of yours. */
  | { readonly kind: 'end' }

type SentStanding = Omit<ShareStanding, 'recent'> & { readonly recent: HistogramCounts }

/** What a thread tells. */
export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'events'; readonly batch: EventBatch }
  | { readonly kind: 'standing'; readonly standing: SentStanding }
  | { readonly kind: 'played' }
  | {
      readonly kind: 'concluded'
      readonly result: ShareResult
      readonly tables: MeterTables
      readonly standing: SentStanding
      /** Events that found the memory limit reached. */
      readonly dropped: number
    }

type Concluded = Extract<FromThread, { readonly kind: 'concluded' }>

/** A thread with more of them was not measured; with so many, one core is busy for less than 60 % (docs/load.md). */
export const CANDIDATES_PER_THREAD = 10_000

/** About 75 000 events: a journal that is so far behind has dropped some of its own. */
const DEFAULT_MAX_PENDING_BYTES = 16 * 1024 * 1024

/** A port moves when a service starts again, which takes far longer; a candidate comes back after 100 ms and more. */
const ADDRESS_EVERY_MS = 20

/** Loading the engine and its share of a large plan. */
const READY_WITHIN_MS = 60_000

/** A thread that is alive says so within moments. */
const DEFAULT_ANSWERS_WITHIN_MS = 10_000

/** Writing down what waits, and handing over what was measured. */
const CONCLUDES_WITHIN_MS = 60_000

/**
 * How many threads play the candidates of a profile: what it asks for, otherwise one for each 10 000 candidates that are
 * begun; never more than there are processors or candidates.
 *
 * @param available processors; default: those of this machine that this process may use
 */
export function threadsFor(
  { candidates, generatorThreads }: Pick<Profile, 'candidates' | 'generatorThreads'>,
  available: number = availableParallelism(),
): number {
  const wanted = generatorThreads ?? Math.ceil(candidates / CANDIDATES_PER_THREAD)
  return Math.max(1, Math.min(wanted, available, candidates))
}

/**
 * Sit one exam day as `runExamDay` does, with the candidates dealt out to threads that each play a share of it. They draw
 * nothing in common and follow one time table on one clock, so what everybody does is the same however many threads there
 * are. This thread plays nobody: it writes the history, tells progress and steps, and follows the address.
 *
 * @throws CONFIG_INVALID when the exam has fewer candidates than the plan
 * @throws GENERATOR_LOST when a thread died or hung; the others are stopped, and what they had recorded is recorded
 * @throws HISTORY_UNWRITABLE when a thread had to drop events
 */
export async function runExamDayOnThreads(options: ThreadedDayOptions): Promise<LoadResult> {
  const { clock, signal, onProgress } = options
  const shares = deal(membersOf(options.plan, options.exam), options.threads)

  await using stack = new AsyncDisposableStack()
  // Before they are started: a thread inherits the priority of the one that starts it.
  const { favoured } = stack.use(favourGenerator())
  const merge = mergeBatches(options.recorder, shares.length)
  const threads = shares.map((members, index) =>
    stack.use(startThread(taskOf(options, members), { index, of: shares.length }, merge)),
  )
  await all(threads, 'ready', READY_WITHIN_MS)

  const tellAll = (message: ToThread): void => {
    for (const thread of threads) thread.tell(message)
  }
  const onAbort = (): void => tellAll({ kind: 'stop' })
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  stack.defer(() => signal.removeEventListener('abort', onAbort))
  stack.use(followAddress(options.baseUrl, (address) => tellAll({ kind: 'address', address })))
  const originUs = clock.nowUs() + START_LEAD_MS * 1_000
  tellAll({ kind: 'begin', originUs })
  announceSteps(stack.use(createScheduler({ clock })), options, originUs)
  const progress = (): Progress =>
    progressOf(
      options,
      threads.map(({ standing }) => standing()),
      originUs,
    )
  stack.use(every(PROGRESS_EVERY_MS, () => onProgress?.(progress())))

  let concluded: readonly Concluded[]
  try {
    concluded = await untilConcluded(threads, tellAll, options, originUs)
  } catch (error) {
    options.missed(1)
    // What the others were told is still worth knowing.
    onAbort()
    const graceMs = CUT_GRACE_MS + answersWithinMs(options)
    await Promise.allSettled(threads.map((thread) => thread.within('played', graceMs)))
    tellAll({ kind: 'end' })
    await Promise.allSettled(threads.map((thread) => thread.within('concluded', CONCLUDES_WITHIN_MS)))
    throw error
  }
  onProgress?.(progress())
  const dropped = concluded.reduce((sum, thread) => sum + thread.dropped, 0)
  if (dropped > 0) {
    options.missed(dropped)
    throw eventsDropped(dropped, options.maxPendingBytes ?? DEFAULT_MAX_PENDING_BYTES)
  }
  const measurements = mergeMeasurements(concluded.map(({ tables }) => tables))
  return composeDay({ options, originUs, favoured, shares: concluded.map(({ result }) => result), measurements })
}

/** Round robin, so that each share looks like the whole: who is early in the plan arrives early. */
function deal(members: readonly ShareMember[], threads: number): readonly (readonly ShareMember[])[] {
  return Array.from({ length: threads }, (_, thread) => members.filter(({ index }) => index % threads === thread))
}

function taskOf(options: ThreadedDayOptions, members: readonly ShareMember[]): ThreadTask {
  const { plan, exam, epoch, platformFile, lacks, requestIdPrefix } = options
  return {
    epoch,
    ...(platformFile === undefined ? {} : { platformFile }),
    plan: { seed: plan.seed, profile: plan.profile, timeline: plan.timeline },
    exam: { id: exam.id, paper: exam.paper },
    members,
    lacks: [...(lacks ?? [])],
    ...(requestIdPrefix === undefined ? {} : { requestIdPrefix }),
    maxPendingBytes: options.maxPendingBytes ?? DEFAULT_MAX_PENDING_BYTES,
  }
}

function answersWithinMs(options: ThreadedDayOptions): number {
  return options.answersWithinMs ?? DEFAULT_ANSWERS_WITHIN_MS
}

/** The day until every share is done, and then what came of them. @throws GENERATOR_LOST */
async function untilConcluded(
  threads: readonly GeneratorThread[],
  tellAll: (message: ToThread) => void,
  options: ThreadedDayOptions,
  originUs: number,
): Promise<readonly Concluded[]> {
  const { plan, clock, signal } = options
  const endUs = originUs + plan.timeline.endMs * 1_000
  const graceMs = CUT_GRACE_MS + answersWithinMs(options)
  const leftMs = (): number => (endUs - clock.nowUs()) / 1_000 + graceMs
  const giveUp = (): void => {
    for (const thread of threads) {
      if (!thread.has('played')) thread.giveUp('was still at work long after the end of the day')
    }
  }
  let timer = setTimeout(giveUp, leftMs())
  const onAbort = (): void => {
    clearTimeout(timer)
    timer = setTimeout(giveUp, Math.min(leftMs(), graceMs))
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.all(threads.map((thread) => thread.until('played')))
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  tellAll({ kind: 'end' })
  return await all(threads, 'concluded', CONCLUDES_WITHIN_MS)
}

/** What a thread says once, and what comes with it. */
interface Milestones {
  readonly ready: undefined
  readonly played: undefined
  readonly concluded: Concluded
}

/** One thread, from outside. Dispose of it to end it, whatever it is doing. */
interface GeneratorThread extends AsyncDisposable {
  tell(message: ToThread): void
  has(milestone: keyof Milestones): boolean
  /** @throws GENERATOR_LOST when the thread ends before */
  until<Name extends keyof Milestones>(milestone: Name): Promise<Milestones[Name]>
  /** The same. @throws GENERATOR_LOST, too, when it takes longer */
  within<Name extends keyof Milestones>(milestone: Name, ms: number): Promise<Milestones[Name]>
  /** Where its share stands, as it last said. */
  standing(): ShareStanding
  /** End it because of what it does not do: it is lost, and whoever waits for it is told `how`. */
  giveUp(how: string): void
}

function all<Name extends keyof Milestones>(
  threads: readonly GeneratorThread[],
  milestone: Name,
  ms: number,
): Promise<Milestones[Name][]> {
  return Promise.all(threads.map((thread) => thread.within(milestone, ms)))
}

const ENTRY = new URL('./generator-thread.ts', import.meta.url)

function startThread(
  task: ThreadTask,
  place: { readonly index: number; readonly of: number },
  merge: BatchMerge,
): GeneratorThread {
  const worker = new Worker(ENTRY, { workerData: task, name: `generator ${place.index + 1}` })
  const reached = new Set<keyof Milestones>()
  const milestones = {
    ready: Promise.withResolvers<undefined>(),
    played: Promise.withResolvers<undefined>(),
    concluded: Promise.withResolvers<Concluded>(),
  }
  // Whoever is interested awaits them; nobody need be.
  for (const { promise } of Object.values(milestones)) promise.catch(() => undefined)
  let standing: ShareStanding = { ...NOTHING_YET, planned: task.members.length, recent: latencyHistogram() }
  let ended = false

  const die = (how: string, cause?: unknown): void => {
    if (ended) return
    ended = true
    const error = new RehearsalError('GENERATOR_LOST', {
      expected: 'every thread of the load generator at work until the day is over',
      seen: `thread ${place.index + 1} of ${place.of}, which played ${task.members.length} candidates, ${how}`,
      next: 'Mend what the error says and repeat the run; with `generatorThreads: 1` all candidates are played in one thread.',
      cause,
    })
    for (const { reject } of Object.values(milestones)) reject(error)
    // Nobody hears it any more, so it must not go on sending.
    void worker.terminate()
    merge.end(place.index)
  }
  const tell = (message: ToThread, transfer: readonly ArrayBuffer[] = []): void => worker.postMessage(message, transfer)
  const hear = (message: FromThread): void => {
    switch (message.kind) {
      case 'events':
        merge.add(place.index, message.batch, (pages) =>
          tell(
            { kind: 'taken', pages },
            pages.map(({ buffer }) => buffer),
          ),
        )
        break
      case 'standing':
        standing = received(message.standing)
        break
      case 'concluded':
        merge.end(place.index)
        ended = true
        standing = received(message.standing)
        reached.add('concluded')
        milestones.concluded.resolve(message)
        break
      default:
        reached.add(message.kind)
        milestones[message.kind].resolve(undefined)
    }
  }
  worker.on('message', (message: FromThread) => {
    if (ended) return
    try {
      hear(message)
    } catch (cause) {
      die(`sent what could not be recorded: ${describe(cause)}`, cause)
    }
  })
  worker.on('messageerror', (cause) => die(`sent what could not be read: ${describe(cause)}`, cause))
  worker.on('error', (cause) => die(`failed: ${describe(cause)}`, cause))
  worker.on('exit', (code) => die(`ended with code ${code}`))

  const until = <Name extends keyof Milestones>(milestone: Name): Promise<Milestones[Name]> =>
    milestones[milestone].promise as Promise<Milestones[Name]>
  return {
    tell,
    has: (milestone) => reached.has(milestone),
    until,
    async within(milestone, ms) {
      const timer = setTimeout(() => die(`was not ${milestone} within ${ms / 1_000} s`), ms)
      try {
        return await until(milestone)
      } finally {
        clearTimeout(timer)
      }
    },
    standing: () => standing,
    giveUp: die,
    async [Symbol.asyncDispose]() {
      ended = true
      await worker.terminate()
    },
  }
}

const NOTHING_YET = { entered: 0, answering: 0, submitted: 0, errors: 0 } as const

function received({ recent, ...standing }: SentStanding): ShareStanding {
  return { ...standing, recent: mergeCounts([recent]) }
}

/** Asks again and again where the platform is, and tells when that has changed, and at once. */
function followAddress(baseUrl: () => string, told: (address: Address) => void): Disposable {
  let last: string | undefined
  const look = (): void => {
    const address = addressOf(baseUrl)
    const seen = JSON.stringify(address)
    if (seen === last) return
    last = seen
    told(address)
  }
  look()
  return every(ADDRESS_EVERY_MS, look)
}

/** That nobody can say is for the candidates to find out, as it is in one thread. */
function addressOf(baseUrl: () => string): Address {
  try {
    return { baseUrl: baseUrl() }
  } catch (error) {
    return { problem: describe(error) }
  }
}

function eventsDropped(dropped: number, maxPendingBytes: number): RehearsalError {
  return new RehearsalError('HISTORY_UNWRITABLE', {
    expected: 'every event of the load written down',
    seen: `${dropped} events were dropped: more than ${maxPendingBytes} bytes waited in a thread of the load generator`,
    next: 'End what else runs on this machine or use fewer candidates, then rehearse again: without a history nothing is proven.',
  })
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

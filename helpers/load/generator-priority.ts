import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** The thread that generates load runs before others; see {@link favourGenerator}. */
export interface GeneratorPriority extends Disposable {
  /** What the operating system allowed: the priority of the thread, that of its session, neither. */
  readonly favoured: 'session' | 'thread' | 'no'
}

/** `setpriority` takes 0 for the calling thread. */
const THIS_THREAD = 0

const NICE = constants.priority.PRIORITY_HIGH
/** The kernel takes ten changes a second of all sessions together, whoever asks (sched(7)). */
const ASKED_EVERY_MS = 110
const ASKS_AT_MOST = 5
/** What a session has by itself. */
const USUAL_NICE = 0
/** As far behind others as a favoured generator is before them. */
const BEHIND = -NICE

/**
 * Where Linux groups processes by session (sched(7), "The autogroup feature"), the nice value of a thread only counts
 * within its session, and that of the session counts against everybody else. Absent without that feature.
 */
const SESSION_GROUP = '/proc/self/autogroup'

/**
 * Let the generator run before the stage where both share processors (P8, P9).
 *
 * On two cores with a busy stage the generator needs 10 % of a core and yet waits for it: measured with eight other
 * busy processes, event-loop delay up to 78 ms without and 6 ms with a favoured session. A request that leaves late
 * makes the backend look slow. Raising a priority needs a privilege. Without it nothing changes here; services that are
 * started as processes stand behind ({@link standBehind}). The health windows say whether it mattered. Dispose of it to
 * restore what was: the next day of this process is generated like this one.
 *
 * Processes that this one starts meanwhile inherit its priority, and those of its session share it: a stage of child
 * processes belongs in sessions of its own.
 */
export function favourGenerator(): GeneratorPriority {
  const undo = new DisposableStack()
  const threadBefore = getPriority(THIS_THREAD)
  // Who finds itself favoured already changes nothing, and so cannot restore a state that was not its own.
  const isFirst = threadBefore > NICE
  if (isFirst && !isAllowed(() => setPriority(THIS_THREAD, NICE))) {
    return { favoured: 'no', [Symbol.dispose]: () => undefined }
  }
  const sessionBefore = readSessionNice()
  if (sessionBefore !== null && isFirst) {
    if (sessionBefore > NICE) {
      if (isAllowed(() => writeFileSync(SESSION_GROUP, String(NICE)))) undo.defer(() => giveBack(sessionBefore))
    } else if (isAnotherFavoured()) undo.defer(() => giveBack(USUAL_NICE))
  }
  // Undone before the session is: of two that end at the same moment neither then takes the other for one that goes on.
  if (isFirst) undo.defer(() => setPriority(THIS_THREAD, threadBefore))
  const sessionNow = readSessionNice()
  return {
    favoured: sessionNow !== null && sessionNow <= NICE ? 'session' : 'thread',
    [Symbol.dispose]: () => undo.dispose(),
  }
}

/**
 * Give the session back what it had, unless a generator beside this one still needs it: two phases that play side by side
 * are processes of one session, and the first to end would take the other's favour from it. The last one gives it back.
 */
function giveBack(sessionNice: number): void {
  if (!isAnotherFavoured()) writeFileSync(SESSION_GROUP, String(sessionNice))
}

/** Whether another process of this session runs before others, as only a generator does. */
function isAnotherFavoured(): boolean {
  const session = priorityOf('self')?.session
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .some((pid) => {
      const other = priorityOf(pid)
      return other !== undefined && other.session === session && other.nice <= NICE
    })
}

/** Session and nice value of a process by its line in `/proc/<pid>/stat` (proc(5)); undefined when it is gone. */
function priorityOf(pid: string): { readonly session: number; readonly nice: number } | undefined {
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (REFUSALS.has(codeOf(error))) return undefined
    throw error
  }
  // The name before it may hold spaces and brackets. The state is the first field behind it.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return { session: Number(fields[3]), nice: Number(fields[16]) }
}

/**
 * Let this process stand behind others for good: what it does once its last day is over takes a whole core, which a phase
 * beside it needs that still measures. Every thread: collecting garbage is work, too. An ordinary user cannot take it back,
 * so a process that has another day to play does not do it.
 */
export function stepBack(): void {
  for (const thread of threadsOfThisProcess()) {
    isAllowed(() => {
      if (getPriority(thread) < BEHIND) setPriority(thread, BEHIND)
    })
  }
}

function threadsOfThisProcess(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [THIS_THREAD]
    throw error
  }
}

/**
 * Let the session of a service that was just started stand behind the generator, where the generator may not be put
 * before it. Of PostgreSQL that is only the first process: its others are each a session of its own.
 *
 * @param pid of the process that leads the session
 */
export async function standBehind(pid: number): Promise<void> {
  if (mayFavour()) return
  // Where there are no session groups the priority of the process itself counts, and its children inherit it.
  isAllowed(() => setPriority(pid, BEHIND))
  const group = `/proc/${pid}/autogroup`
  if (!existsSync(group)) return
  for (let ask = 1; ask <= ASKS_AT_MOST; ask += 1) {
    if (isAllowed(() => writeFileSync(group, String(BEHIND)))) return
    await sleep(ASKED_EVERY_MS)
  }
}

/** Tried, because it depends on the user, on capabilities and on limits. */
function mayFavour(): boolean {
  const before = getPriority(THIS_THREAD)
  if (before < 0) return true
  const allowed = isAllowed(() => setPriority(THIS_THREAD, before - 1))
  if (allowed) setPriority(THIS_THREAD, before)
  return allowed
}

/** `/autogroup-12 nice 0` is 0; null where there are no session groups. */
function readSessionNice(): number | null {
  let text: string
  try {
    text = readFileSync(SESSION_GROUP, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
  const [, nice] = /nice (-?\d+)/.exec(text) ?? []
  return nice === undefined ? null : Number(nice)
}

/** EAGAIN: an unprivileged user may ask only ten times a second. Ended already: ENOENT, ESRCH. */
const REFUSALS: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'EAGAIN', 'ENOENT', 'ESRCH'])

function isAllowed(change: () => void): boolean {
  try {
    change()
    return true
  } catch (error) {
    if (REFUSALS.has(codeOf(error))) return false
    throw error
  }
}

/** `node:os` throws a SystemError, whose own code says no more than that; what the system said is in its `info`. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  const info = 'info' in error ? error.info : undefined
  if (typeof info === 'object' && info !== null && 'code' in info) return info.code
  return 'code' in error ? error.code : undefined
}

import type { ServiceProcess } from '../host.ts'

/** Older than whoever ends by itself within moments: the `sleep` of a loop, a job that is started every second. */
const SETTLED_MS = 3_000
/** Two that do the same side by side are workers; one alone may be anything. */
const ALIKE = 2
/** Of a command line, in a message. */
const COMMAND_CHARACTERS = 60

/** The workers of a backend, and who started them. */
export interface Crew {
  /** Process id of their parent. */
  readonly primary: number
  /** What all of them are, as `kindOf` says it. */
  readonly kind: string
  /** Youngest last; those that are too young to be sure of among them. */
  readonly workers: readonly ServiceProcess[]
  /** Those that have been there for a while; youngest last. */
  readonly settled: readonly ServiceProcess[]
}

/** What is looked for, and whether a longer look may find another. */
export interface CrewLook {
  readonly crew: Crew | undefined
  /** A group that is larger, or all there is, is too young to be sure of. */
  readonly isTooEarly: boolean
}

/**
 * Who of a backend's processes are its workers: the largest group with one parent and one command line, numbers in it apart.
 * Of equally large ones the deeper, then the younger. Groups that have not been there for a while count for nothing.
 *
 * @param processes its own first, parents before children
 * @param workerCommand what the command line of every worker contains; then one is enough. null: two at least must be alike
 */
export function findCrew(processes: readonly ServiceProcess[], workerCommand: string | null): CrewLook {
  const depths = depthsOf(processes)
  const isBefore = (one: Crew, other: Crew) =>
    other.workers.length - one.workers.length ||
    (depths.get(other.primary) as number) - (depths.get(one.primary) as number) ||
    oldestMs(one) - oldestMs(other)
  const needed = workerCommand === null ? ALIKE : 1
  const crews = crewsOf(processes, workerCommand).filter(({ workers }) => workers.length >= needed)
  const [largest] = crews.toSorted(isBefore)
  const [crew] = crews.filter(({ settled }) => settled.length >= needed).toSorted(isBefore)
  return { crew, isTooEarly: crew !== largest }
}

/** How many workers there are, however young; where none are found all processes but the first, which may start them. */
export function largestCrew(processes: readonly ServiceProcess[], workerCommand: string | null): number {
  const sizes = crewsOf(processes, workerCommand).map(({ workers }) => workers.length)
  const largest = Math.max(0, ...sizes)
  return largest >= ALIKE || workerCommand !== null ? largest : Math.max(0, processes.length - 1)
}

/**
 * Who of the crew is there by now. Where its parent is gone, whoever took its place may have started others: then the largest
 * group of their kind.
 */
export function crewNow(
  { primary, kind }: Crew,
  processes: readonly ServiceProcess[],
  workerCommand: string | null,
): readonly ServiceProcess[] {
  const alike = crewsOf(processes, workerCommand).filter((crew) => crew.kind === kind)
  const own = alike.find((crew) => crew.primary === primary)
  if (own !== undefined) return own.workers
  if (processes.some(({ pid }) => pid === primary)) return []
  return alike.toSorted((one, other) => other.workers.length - one.workers.length)[0]?.workers ?? []
}

/** `process 17 (php-fpm: pool www)` */
export function describeProcess({ pid, commandLine }: ServiceProcess): string {
  return `process ${pid} (${shortened(commandLine)})`
}

/** All of them for a message: `1 /bin/sh /app/start.sh; 7 nginx: master process`, or that nobody could be seen. */
export function describeProcesses(processes: readonly ServiceProcess[]): string {
  if (processes.length === 0) return 'no process, for nobody could look'
  return processes.map(({ pid, commandLine }) => `${pid} ${shortened(commandLine)}`).join('; ')
}

function crewsOf(processes: readonly ServiceProcess[], workerCommand: string | null): readonly Crew[] {
  // The first ends the whole backend when it is killed, whatever it is.
  const others = processes.slice(1).filter(({ commandLine }) => commandLine.includes(workerCommand ?? ''))
  const groups = Map.groupBy(others, (process) => `${process.parent} ${kindOf(process, workerCommand)}`)
  return [...groups.values()].map((group) => {
    const workers = group.toSorted(youngestLast)
    const [first] = workers as [ServiceProcess, ...ServiceProcess[]]
    return {
      primary: first.parent,
      kind: kindOf(first, workerCommand),
      workers,
      settled: workers.filter(({ ageMs }) => ageMs !== null && ageMs >= SETTLED_MS),
    }
  })
}

/** Workers are numbered (`worker 3`, `--fd=7`), helpers beside them are something else (`resource_tracker`). */
function kindOf({ commandLine }: ServiceProcess, workerCommand: string | null): string {
  return workerCommand ?? commandLine.replaceAll(/\d+/g, '#')
}

function youngestLast(one: ServiceProcess, other: ServiceProcess): number {
  if (one.ageMs === null || other.ageMs === null) return one.pid - other.pid
  return other.ageMs - one.ageMs || one.pid - other.pid
}

function oldestMs({ workers }: Crew): number {
  return Math.max(...workers.map(({ ageMs }) => ageMs ?? 0))
}

function depthsOf(processes: readonly ServiceProcess[]): ReadonlyMap<number, number> {
  const depths = new Map<number, number>()
  for (const { pid, parent } of processes) depths.set(pid, (depths.get(parent) ?? -1) + 1)
  return depths
}

function shortened(commandLine: string): string {
  return commandLine.length > COMMAND_CHARACTERS ? `${commandLine.slice(0, COMMAND_CHARACTERS)}…` : commandLine
}

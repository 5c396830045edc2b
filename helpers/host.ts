/**
 * Where services run. A host launches services; nothing here says how, and no fault or candidate ever learns it.
 * Implementations: `fixtures/hosts/*`.
 */
export interface Host extends AsyncDisposable {
  readonly kind: 'containers' | 'processes' | 'external'
  /** What a service must listen on to be reached by its peers. */
  readonly bindAddress: string
  /** Where peers will find a service of this name, before and after it is launched, by the names of its ports. */
  reserve<Port extends string>(service: string, ports: Readonly<Record<Port, number>>): Promise<Record<Port, Address>>
  /** Launch one service and wait until it is ready. The undo is registered before this returns; data may stay to the end of the run. */
  launch(spec: ServiceSpec, deadline: Deadline): Promise<Service>
}

/** What to run. `image` is a key of the image table; the processes host maps it to a binary. */
export interface ServiceSpec {
  /** Alias on the network, for example `postgres`. */
  readonly name: string
  readonly image: string
  readonly env: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  /** Ports the service listens on, by name. */
  readonly ports: Readonly<Record<string, number>>
  readonly ready: Readiness
  /** Folder whose content must outlive kill and start; the host keeps it on a volume of its own. */
  readonly dataPath?: string
  /** Resource caps, so that the generator keeps its share of a small machine (P8, P9). */
  readonly limits?: { readonly cpus?: number; readonly memoryBytes?: number }
}

export type Readiness =
  | { readonly kind: 'log'; readonly pattern: RegExp }
  | { readonly kind: 'http'; readonly port: string; readonly path: string; readonly status: number }
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  /** It has something to do and ends by itself, with code 0: a migration. */
  | { readonly kind: 'exit' }

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * A running part of the stage. Verbs come in undo pairs: kill/start, stop/start, pause/resume.
 * An address changes when a service restarts, so ask each time and never store one.
 */
export interface Service extends AsyncDisposable {
  readonly name: string
  /** `harness`: from this process. `peer`: from another service of the same stage. */
  address(port: string, from: 'harness' | 'peer'): Address
  ready(deadline: Deadline): Promise<void>
  /** SIGKILL. Returns when the process is gone. */
  kill(): Promise<void>
  /** Start again after `kill` or `stop`, and wait until it is ready. */
  start(deadline: Deadline): Promise<void>
  /** SIGTERM and wait for the exit. */
  stop(graceMs: number): Promise<{ readonly exitCode: number }>
  /** Freeze every process of the service; connections stay open and nobody answers. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Whether its process is there, paused or not. Rejects when whoever runs it (the engine) does not answer. */
  isRunning(): Promise<boolean>
  /** Send a signal to one process of the service, by its id as `descendants` gives it. One that is gone is no error. */
  signal(pid: number, signal: NodeJS.Signals): Promise<void>
  /** Process ids as the service sees them, its own first. */
  descendants(): Promise<readonly number[]>
  /**
   * Its processes with what they are, its own first and parents before children; those that have ended and were not collected
   * are left out. Empty: nobody could look, for a service that runs has one at least.
   */
  processes(): Promise<readonly ServiceProcess[]>
  /**
   * Run one of the service's own tools beside it: `redis-cli`, for example. A shell is there in containers only: as a
   * process it would have the whole machine in its hands.
   */
  exec(
    command: readonly string[],
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>
  /** Everything the service has printed so far, oldest first. */
  logs(): Promise<string>
  /** What it uses of the machine, now; absent where the host cannot tell. Rejects when it is gone. */
  usage?(): Promise<ServiceUsage>
}

/** One process of a service. */
export interface ServiceProcess {
  /** As the service sees it, for `signal`. */
  readonly pid: number
  readonly parent: number
  /** The first 15 characters of its program's name, or what the program calls itself. */
  readonly name: string
  /** Its arguments with a space between them; a program may write over them (`nginx: worker process`). */
  readonly commandLine: string
  /** Since it was started, ms; null: whoever looked is not told. */
  readonly ageMs: number | null
}

/** What a running service uses of the machine. */
export interface ServiceUsage {
  /** Processor time of all its processes since it was started, ms; it starts again at 0 with the service. */
  readonly cpuMs: number
  readonly memoryBytes: number
  /** null: no limit of its own. */
  readonly memoryLimitBytes: number | null
  /** ISO-8601; another value means that it was started anew. */
  readonly startedAt: string
  /** The kernel has killed a process of it because its memory was full. */
  readonly outOfMemoryKilled: boolean
}

/** One deadline for a whole undertaking, handed from wait to wait so that the sum is bounded. */
export interface Deadline {
  readonly signal: AbortSignal
  remainingMs(): number
}

import type { Proxy as ToxiproxyProxy } from 'toxiproxy-node-client'
import type { Address, Deadline, Service } from '../host.ts'
import type { PlatformHealth } from '../platform/exam-platform.ts'
import type { FaultBudget } from './budget.ts'

/**
 * What a fault breaks; two faults of one part at once could not be told apart. In the order in which parts are mended:
 * a part is well only when those before it are.
 */
export const FAULT_PARTS = ['redis', 'postgres', 'backend', 'network'] as const

export type FaultPart = (typeof FAULT_PARTS)[number]

/** Parts of the stage that a fault may touch; each is behind a proxy of its name. */
export type TargetName = 'postgres' | 'redis' | 'backend'

/** All that a fault may see of the stage. Addresses move when a service restarts: ask each time. */
export interface FaultTarget {
  readonly services: Readonly<Record<TargetName, Service>>
  readonly proxies: Readonly<Record<TargetName, ToxiproxyProxy>>
  /** Where the proxy before a part listens, as this process reaches it. */
  proxyAddress(part: TargetName): Address
  /** The platform says that it needs Redis: then somebody must be connected to it before it is broken. */
  readonly usesRedis: boolean
  /** The platform says that it writes a log line for each request, with the id that came with it. */
  readonly logsRequests: boolean
  /** Where every answer is written, as it stands in SQL; null: the platform does not say, and nothing is played on it. */
  readonly answersTable: string | null
  /** What the command line of every worker of the backend contains; null: the platform does not say, and they are found. */
  readonly workerCommand: string | null
  /** Where the backend is asked how it is. */
  readonly health: PlatformHealth
  /** Administrative connection to the database, past the proxy. */
  databaseUrl(): string
}

/** Proof that a fault was felt by whoever is on the path that candidates or the backend use, or that it was not. */
export interface Bite {
  readonly felt: boolean
  /** What was seen, in words: `PING got no answer within 1000 ms`. */
  readonly proof: string
}

/**
 * A fault on one stage. Verbs come in an undo pair.
 *
 * - `inject` breaks something. Whatever it throws, `heal` may and must be called afterwards.
 * - `wasFelt` looks while the fault is there.
 * - `heal` may be called twice, and without `inject`; it returns only after a look at the part was green again.
 */
export interface Fault {
  inject(limit: Deadline): Promise<void>
  wasFelt(limit: Deadline): Promise<Bite>
  heal(limit: Deadline): Promise<void>
}

/** What candidates may notice of a fault. */
export type Tolerance =
  /** Nothing: the part is not needed to sit an exam. */
  | 'nothing'
  /** Refusals and lost connections that a retry gets over. */
  | 'interruption'

/** One kind of fault: an entry of the catalogue. */
export interface FaultKind {
  /** What it does to the part, as it would be told in an incident report: `redis-refused`. */
  readonly name: string
  readonly part: FaultPart
  /** What a client of the broken part sees from inject to heal. */
  readonly contract: string
  readonly candidatesNotice: Tolerance
  /**
   * What the platform still owes while it is there, and until it is got over where it is momentary. Absent: nobody works
   * then, who could be owed something.
   */
  readonly budget?: FaultBudget
  /** It is over as soon as it has happened: healed at once and not held. */
  readonly momentary?: true
  /**
   * It is over before this step of the day begins, and is there for what that step then meets: nothing after its heal is
   * left out of the limits. It is played there and nowhere else.
   */
  readonly overBefore?: 'start-burst'
  /** What the backend adds to the connections of the database meanwhile must fit, as at any other time. */
  readonly countsConnections?: true
  /**
   * Parts that no other fault may break at the same time: this one would not be felt without them, or for the wrong
   * reason.
   */
  readonly needsWhole?: readonly FaultPart[]
  /** Parts of the stage whose process goes away in between, so that nobody takes them for lost. */
  readonly stops?: readonly TargetName[]
  /** SQL alone makes, feels and heals it: it can be played on a database that no stage of ours is built around. */
  readonly bySql?: true
  /**
   * What it must know of the tables: in which of them answers are written, or that they are the reference's, with its
   * functions and locks. It is not played where the platform does not say so; absent: nothing.
   */
  readonly needsTables?: 'answers' | 'reference'
  /**
   * It is done to workers: not played where the platform says that it is a single process; or to how many there are
   * (`scalable`): nor where it says that this cannot be changed.
   */
  readonly needsWorkers?: true | 'scalable'
  /** Why it can only be played where services run in containers; refused elsewhere before anything starts. */
  readonly needsContainers?: string
  on(target: FaultTarget): Fault
}

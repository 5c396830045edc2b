import type { ExamApi, HttpResponse, SessionRequest } from '../candidate/exam-api.ts'
import type { ExperienceSettings } from '../experience/experience-settings.ts'
import type { FreezeContract } from '../freeze/operations.ts'
import type { MonitorCounts } from '../monitor/monitor-look.ts'
import type { RouteTable } from '../observability/reference-routes.ts'
import type { Capabilities } from './capabilities.ts'
import type { Refusals } from './refusals.ts'

/**
 * All that a rehearsal knows of the HTTP API of an exam backend, its log and its metrics. One object, the default export
 * of one module, which `platform` in `rehearsal.config.ts` names; `reference-platform.ts` is the default and the example.
 *
 * The module is loaded by every process that needs it, several times in one run: it must do nothing when it is loaded
 * but make this object, from constants only.
 */
export interface ExamPlatform {
  /** For people and the report: `reference`, `other-platform`. */
  readonly name: string
  /** What candidates want, as HTTP calls, and how answers are read. Pure functions. */
  readonly api: ExamApi
  /** Under which route the backend counts and logs each operation. */
  readonly routes: RouteTable
  readonly health: PlatformHealth
  /** What candidates are told when they ask for something wrong. */
  readonly refusals: Refusals
  /** The exam-day freeze as data. Present exactly when `capabilities.runtimeFreezeToggle` is true. */
  readonly freeze?: FreezeContract
  /** What whoever watches over the exam asks for. Absent: nobody can watch, and the monitor is not judged. */
  readonly monitor?: ExamMonitor
  /** What it has. Whatever it lacks is a named risk in the report; see docs/adapter.md. */
  readonly capabilities: Capabilities
  /**
   * Folder with one SELECT for each logical relation, where tables have other names than the reference's: an absolute
   * path, or relative to the module. Absent: the tables of the reference.
   */
  readonly schema?: string
  /**
   * The table in which every answer is written, with its schema where it needs one (`aula.answer`): faults lock it and fill
   * its disk. Absent: the reference's, or with `schema` none, and those faults are not played.
   */
  readonly answersTable?: string
  /**
   * The whole backend is one process, with threads or an event loop and no workers beside it: what kills, replaces or adds
   * workers is not played, and every answer comes from that process. Where more than one runs the phase is refused. Absent:
   * it has workers.
   */
  readonly singleProcess?: true
  /**
   * A text that the command line of every worker process contains, and of nothing else beside them (`php-fpm: pool`): faults kill,
   * replace and count those. Absent: workers are the largest group of processes that are alike; see docs/faults.md.
   */
  readonly workerCommand?: string
  /**
   * How many workers run cannot be changed by SIGTTIN and SIGTTOU to their parent, as gunicorn and the reference allow it:
   * `backend-scaled-up` is not played. Absent: it can.
   */
  readonly fixedWorkers?: true
  /**
   * Variables of the backend that set these for phase 5. Absent: it takes no such settings, and what needs them is not
   * tested, which the report says.
   */
  readonly environment?: (settings: ExperienceSettings) => Readonly<Record<string, string>>
  /**
   * The exam alone says how long a session lasts: one that is over in seconds cannot be asked for, and what needs one is not
   * judged. Absent: a session lasts as long as was asked for, or until the exam closes.
   */
  readonly fixedDuration?: true
  /**
   * How long after the expiry an answer or a submit may still be accepted, seconds, whole or fractional, at most 600: what
   * happens then is legal, and so long later the sweeper is due. Absent: none.
   */
  readonly graceSeconds?: number
  /**
   * Registers exam and people. A platform that numbers its exams itself returns the number, as a text: candidates ask for it
   * and rows are found by it; otherwise the exam keeps the id that was given. Absent: rows for the tables of the reference.
   */
  readonly seed?: (request: SeedRequest) => Promise<SeededExam> | Promise<void>
  /**
   * Registers exam and people by calls of a platform whose database nobody may write to (`--host external`). Absent: a list
   * of who is registered there already is needed.
   */
  readonly enrol?: (request: EnrolRequest) => Promise<SeededExam>
}

/** Addresses that are asked without a log-in, each a path: `/v1/ready`. */
export interface PlatformHealth {
  /** 200 exactly when it can serve an exam. Asked at the start, after every fault, and for the steady state. */
  readonly ready: string
  /** JSON field `status` of that answer when all is well, not only degraded. Absent: 200 says it all. */
  readonly readyStatus?: string
  /** 200 as long as the process is there, whatever became of its database. */
  readonly live: string
  /** Prometheus text. Present exactly when `capabilities.metrics` is true. */
  readonly metrics?: string
}

/** How an invigilator looks at an exam, logged in with `api.login`. */
export interface ExamMonitor {
  /** Asked with GET and the administrator's `api.authorise`. */
  path(examId: string): string
  /** What a 200 says. @throws whatever describes an answer that is none */
  read(response: HttpResponse): MonitorCounts
}

/** One exam day that must be registered before candidates come. */
export interface SeedRequest {
  /** Administrative connection to the migrated database, never through a proxy. */
  readonly databaseUrl: string
  readonly exam: SeedExam
  readonly candidates: readonly SeedPerson[]
}

/** What became of an exam that was registered. */
export interface SeededExam {
  /** As the platform calls the exam, and as PostgreSQL prints `id` of the relation `exams`. */
  readonly examId: string
}

/** One exam day that must be registered on a platform outside. */
export interface EnrolRequest {
  /** `https://staging.exam.example` */
  readonly baseUrl: string
  readonly exam: SeedExam
  /** Their e-mails are to stay as they are: `c-0042@…` is how a row is traced back. */
  readonly candidates: readonly SeedPerson[]
  /** To be called for each thing as soon as it may be there, so that others can find and remove it. */
  made(kind: string, id: string): void
  readonly signal: AbortSignal
}

export interface SeedExam {
  readonly id: string
  readonly title: string
  readonly opensAt: Date
  readonly closesAt: Date
  /** What candidates ask for when they start: number of questions, duration. */
  readonly paper: SessionRequest['paper']
  readonly themes: readonly {
    readonly id: string
    readonly year: number
    readonly block: string
    readonly title: string
  }[]
  /** The bank: twice as many as a paper has. */
  readonly questions: readonly {
    readonly id: string
    readonly themeId: string
    readonly year: number
    readonly block: string
    readonly stem: string
    readonly options: readonly string[]
    /** 0..4 */
    readonly correctIndex: number
  }[]
  /** Who switches the freeze and watches over the exam. */
  readonly admin: Omit<SeedPerson, 'id'>
}

export interface SeedPerson {
  /** As the history names the candidate: `c-0042`. */
  readonly id: string
  /** UUID that the database may use as a key. */
  readonly userId: string
  readonly displayName: string
  readonly email: string
  /** In clear: hash it as the platform does. */
  readonly password: string
}

/** Types a platform module while it is written. Returns what it is given; the entry validates it. */
export function definePlatform(platform: ExamPlatform): ExamPlatform {
  return platform
}

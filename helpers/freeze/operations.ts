import type { Method } from '../candidate/exam-api.ts'

/** One request that an administrator or a candidate may make, and what the freeze has to do with it. */
export interface FreezeOperation {
  /** As people speak of it: `rank/runs`. */
  readonly id: string
  readonly method: Method
  /** `{exam}` stands for the id of the exam. */
  readonly path: string
  readonly body?: unknown
  /** `refused`: protected, 403 under freeze. `allowed`: works as on any other day, and never changes a protected table. */
  readonly underFreeze: 'refused' | 'allowed'
  /** Status where it is not refused. */
  readonly success: number
  /**
   * Protected tables that it changes when it is not refused: its positive control. A refusal proves nothing of an
   * operation that could not have done anything anyway. Empty: it changes none, whether frozen or not.
   */
  readonly changes: readonly string[]
  /** Sent with the administrator's token. */
  readonly authenticated: boolean
}

/** Work that is started by a scheduler and not by a request. */
export interface FreezeJob {
  readonly name: string
  /** Command in the backend's own environment. */
  readonly command: readonly string[]
}

/**
 * What a backend promises about its exam-day freeze, as data. Another backend with a freeze is rehearsed by another
 * object of this shape, and its own queries below `sql/freeze`.
 */
export interface FreezeContract {
  readonly operations: readonly FreezeOperation[]
  /** The switch: POST `{enabled, reason}`, GET tells `{enabled, source}`. */
  readonly switchPath: string
  /** What a refused operation is told: this status, this code, and an envelope of exactly these fields; by path: `error.code`. */
  readonly refusal: {
    readonly status: number
    readonly errorCode: string
    readonly fields: readonly string[]
    /** Which of the fields has the code. */
    readonly codeField: string
    /** Which of them repeats the request id; absent: none does. */
    readonly requestIdField?: string
  }
  /**
   * One process serves, and its answers do not name it (`X-Worker`). Not believed where more than one runs. Absent: answers
   * name the worker, and each must be heard.
   */
  readonly singleProcess?: true
  /** So long every worker may take to know of a toggle. */
  readonly propagationMs: number
  readonly jobs: readonly FreezeJob[]
  /** The same as one of `jobs`, but in many small steps, so that a freeze can begin while it runs. Absent: no jobs. */
  readonly slowJob?: FreezeJob
  /** What the jobs put on record. */
  readonly jobStatus: Readonly<Record<'running' | 'done' | 'skipped' | 'stopped', string>>
  /** `event` of the lines that the log must have. */
  readonly auditEvents: { readonly toggled: string; readonly blocked: string }
}

const QUESTION = {
  theme: 'Imported while rehearsing',
  // Not a year of the rehearsed exam: what is imported never gets on its papers.
  year: 2,
  block: 'Z',
  stem: 'Was this imported?',
  options: ['A', 'B', 'C', 'D', 'E'],
  correct_index: 0,
}

const refused = (id: string, path: string, changes: readonly string[], body?: unknown): FreezeOperation => ({
  id,
  method: 'POST',
  path,
  underFreeze: 'refused',
  success: 200,
  changes,
  authenticated: true,
  ...(body === undefined ? {} : { body }),
})

const allowed = (id: string, path: string, authenticated: boolean): FreezeOperation => ({
  id,
  method: 'GET',
  path,
  underFreeze: 'allowed',
  success: 200,
  changes: [],
  authenticated,
})

const runJob = (name: string, environment: readonly string[] = []): readonly string[] => [
  'env',
  ...environment,
  'node',
  'fixtures/backend/jobs.ts',
  'run',
  name,
]

/** The freeze of the reference backend, and of every backend with the same API. */
export const REFERENCE_FREEZE: FreezeContract = {
  operations: [
    refused('bkt/recompute', '/v1/admin/bkt/recompute', ['bkt_runs']),
    refused('rank/runs', '/v1/admin/rank/runs', ['rank_runs']),
    refused('irt/runs', '/v1/admin/irt/runs', ['irt_runs']),
    // Before the outbox is drained, so that there is something in it.
    refused('notifications/broadcast', '/v1/admin/notifications/broadcast', ['notifications', 'email_outbox'], {
      title: 'Rehearsal',
      body: 'Nothing to do.',
    }),
    refused('email/outbox/drain', '/v1/admin/email/outbox/drain', ['email_outbox']),
    refused('import/questions', '/v1/admin/import/questions', ['questions'], { questions: [QUESTION] }),
    {
      ...refused('import/questions (dry run)', '/v1/admin/import/questions?dry_run=true', [], {
        questions: [QUESTION],
      }),
      underFreeze: 'allowed',
    },
    // Only what candidates of the rehearsal do not ask for themselves: their own requests are judged from the history.
    allowed('revision/today', '/v1/revision/today', true),
    allowed('auth/me', '/v1/auth/me', true),
    allowed('exams/summary', '/v1/admin/exams/{exam}/summary', true),
    allowed('health', '/health', false),
    allowed('ready', '/v1/ready', false),
    // Who asks comes first: nobody is told that they are nobody, frozen or not.
    { ...allowed('rank/runs (nobody)', '/v1/admin/rank/runs', false), method: 'POST', success: 401 },
  ],
  switchPath: '/v1/admin/system/exam-mode',
  refusal: {
    status: 403,
    errorCode: 'EXAM_MODE_ACTIVE',
    fields: ['error_code', 'message', 'details', 'request_id'],
    codeField: 'error_code',
    requestIdField: 'request_id',
  },
  propagationMs: 2_000,
  jobs: [
    { name: 'revision_queue_regen', command: runJob('revision_queue_regen') },
    { name: 'warehouse_incremental_export', command: runJob('warehouse_incremental_export') },
  ],
  slowJob: {
    name: 'revision_queue_regen',
    command: runJob('revision_queue_regen', ['JOB_BATCH_SIZE=1', 'JOB_STEP_PAUSE_MS=250']),
  },
  jobStatus: { running: 'RUNNING', done: 'DONE', skipped: 'SKIPPED', stopped: 'STOPPED' },
  auditEvents: { toggled: 'exam_mode.toggled', blocked: 'exam_mode.blocked' },
}

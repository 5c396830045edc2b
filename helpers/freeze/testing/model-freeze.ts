import { historyOf } from '../../history/history-of.ts'
import type { HistoryEvent, OperationName } from '../../history/operation.ts'
import type { FreezeCase } from '../freeze-case.ts'
import type { FreezeContract } from '../operations.ts'
import type { FreezeRecord, JobRecord, ProbeRecord, StateRecord } from '../record.ts'

const FIELDS = ['error_code', 'message', 'details', 'request_id']

/** A freeze of two protected operations, one that stays allowed, and one job. */
export const MODEL_CONTRACT: FreezeContract = {
  operations: [
    operation('rank', 'refused', ['ranks']),
    operation('mail', 'refused', ['outbox']),
    operation('try-out', 'allowed', []),
  ],
  switchPath: '/freeze',
  refusal: {
    status: 403,
    errorCode: 'EXAM_MODE_ACTIVE',
    fields: FIELDS,
    codeField: 'error_code',
    requestIdField: 'request_id',
  },
  propagationMs: 2_000,
  jobs: [{ name: 'nightly', command: ['nightly'] }],
  slowJob: { name: 'nightly', command: ['nightly', 'slowly'] },
  jobStatus: { running: 'RUNNING', done: 'DONE', skipped: 'SKIPPED', stopped: 'STOPPED' },
  auditEvents: { toggled: 'toggled', blocked: 'blocked' },
}

function operation(id: string, underFreeze: 'refused' | 'allowed', changes: readonly string[]) {
  return { id, method: 'POST', path: `/${id}`, underFreeze, success: 200, changes, authenticated: true } as const
}

/** Mutable, so that a test changes exactly what it is about. Times in seconds of the day. */
export interface FreezeDay {
  records: FreezeRecord[]
  /** [seconds, operation, milliseconds until the answer, error code of a refusal] */
  operations: [number, OperationName, number, string?][]
  log: string | null
  complete: boolean
}

/**
 * A day on which the freeze holds. Off from 0, on from 5, off from 10, on from 13, off from 16, on from 19 to the end. A
 * worker is replaced from 25 to 26. The job works at 1, is stopped at 5 and is skipped at 7.5.
 */
export function soundDay(): FreezeDay {
  const records: FreezeRecord[] = [{ kind: 'header', workers: 2, actor: 'admin', faults: ['worker-killed'] }]
  const toggles: [number, boolean][] = [
    [0, false],
    [5, true],
    [10, false],
    [13, true],
    [16, false],
    [19, true],
  ]
  for (const [at, enabled] of toggles) {
    records.push({
      kind: 'toggle',
      enabled,
      reason: `at ${at}`,
      requestId: `t-${at}`,
      ...asked(at, 100),
      status: 200,
      worker: 'w1',
    })
    for (const worker of ['w1', 'w2']) records.push(state(at + 0.2, worker, enabled))
  }
  for (const worker of ['w1', 'w2']) records.push(state(8, worker, true), state(30, worker, true))
  records.push(accepted(0.5, 'rank', ['ranks']), accepted(0.6, 'mail', ['outbox']), accepted(0.7, 'try-out', []))
  for (const worker of ['w1', 'w2']) records.push(refused(8, 'rank', worker), refused(8.2, 'mail', worker))
  records.push(accepted(8.4, 'try-out', []))
  records.push({ kind: 'look', sinceUs: us(8.5), timeUs: us(9.5), changed: [] })
  records.push({ kind: 'fault', name: 'worker-killed', active: true, timeUs: us(25) })
  records.push({ kind: 'fault', name: 'worker-killed', active: false, timeUs: us(26) })
  records.push(refused(30, 'rank', 'w1'), refused(30.2, 'mail', 'w3'), accepted(30.4, 'try-out', []))
  records.push(job('control', 1, 1_000, 0, 'DONE'))
  records.push({ ...job('stop', 4, 1_500, 0, 'STOPPED'), seenRunning: true })
  records.push(job('skip', 7.5, 1_000, 0, 'SKIPPED'))

  const operations: FreezeDay['operations'] = [
    [6, 'login', 5],
    [6.5, 'create-session', 5],
    [6.6, 'read-questions', 5],
    [32, 'submit', 5],
  ]
  for (const from of [8.6, 10.5, 13.5, 16.5, 19.5])
    for (let n = 0; n < 25; n += 1) operations.push([from + n / 25, 'save-answer', 10 + (n % 3)])
  return { records, operations, log: logOf(records), complete: true }
}

/** The day as a checker sees it. */
export function caseOf({ records, operations, log, complete }: FreezeDay): FreezeCase {
  const events: HistoryEvent[] = []
  const inOrder = operations.toSorted(([one], [other]) => one - other)
  for (const [index, [at, f, latencyMs, errorCode]] of inOrder.entries()) {
    events.push({
      type: 'invoke',
      index: index * 2,
      timeUs: us(at),
      intendedUs: us(at),
      candidate: `c-${index % 7}`,
      connection: `${index}`,
      f,
      step: 'steady',
      requestId: `r-${index}`,
      attempt: 1,
    })
    events.push({
      type: errorCode === undefined ? 'ok' : 'fail',
      index: index * 2 + 1,
      timeUs: us(at) + latencyMs * 1_000,
      invocation: index * 2,
      reason: errorCode === undefined ? 'success' : 'refused',
      status: errorCode === undefined ? 200 : 403,
      ...(errorCode === undefined ? {} : { errorCode }),
    })
  }
  return { contract: MODEL_CONTRACT, records: { complete, records }, history: historyOf(events), log }
}

/** Nobody probed anything. */
export const NOTHING_PROBED: FreezeDay = { records: [], operations: [], log: '', complete: false }

export function us(seconds: number): number {
  return Math.round(seconds * 1e6)
}

function asked(at: number, tookMs = 10) {
  return { invokeUs: us(at), completeUs: us(at) + tookMs * 1_000 }
}

export function state(at: number, worker: string, enabled: boolean): StateRecord {
  return { kind: 'state', enabled, source: 'database', worker, status: 200, ...asked(at) }
}

/** @param changed tables that are not as before */
export function accepted(at: number, operation: string, changed: readonly string[] | null, worker = 'w1'): ProbeRecord {
  return {
    kind: 'probe',
    operation,
    requestId: `p-${operation}-${at}-${worker}`,
    ...asked(at),
    status: 200,
    worker,
    errorCode: null,
    exactEnvelope: false,
    sinceUs: us(at) - 10_000,
    changed,
  }
}

export function refused(at: number, operation: string, worker: string): ProbeRecord {
  return {
    ...accepted(at, operation, [], worker),
    status: 403,
    errorCode: 'EXAM_MODE_ACTIVE',
    exactEnvelope: true,
  }
}

export function job(
  purpose: JobRecord['purpose'],
  at: number,
  tookMs: number,
  exitCode: number | null,
  status: string | null,
): JobRecord {
  const run = status === null ? null : { status, reason: '', stepsDone: 1, rowsWritten: 0 }
  return { kind: 'job', job: 'nightly', purpose, ...asked(at, tookMs), exitCode, run }
}

/** What a backend writes that keeps its promise. */
export function logOf(records: readonly FreezeRecord[]): string {
  const lines = records.flatMap((record): object[] => {
    if (record.kind === 'toggle')
      return [
        {
          event: 'toggled',
          request_id: record.requestId,
          actor_id: 'admin',
          enabled: record.enabled,
          reason: record.reason,
        },
      ]
    if (record.kind !== 'probe' || record.status !== 403) return []
    return [{ event: 'blocked', request_id: record.requestId, actor_id: 'admin', operation: record.operation }]
  })
  return lines.map((line) => JSON.stringify(line)).join('\n')
}

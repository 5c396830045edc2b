import { describe, expect, test } from 'vitest'
import type { FreezeCase } from '../freeze/freeze-case.ts'
import { FREEZE_CHECKERS, judgeFreeze } from '../freeze/judge-freeze.ts'
import type { FreezeContract } from '../freeze/operations.ts'
import type { FreezeRecord, JobRecord, ProbeRecord } from '../freeze/record.ts'
import {
  accepted,
  caseOf,
  type FreezeDay,
  job,
  logOf,
  MODEL_CONTRACT,
  NOTHING_PROBED,
  refused,
  soundDay,
  state,
  us,
} from '../freeze/testing/model-freeze.ts'
import type { Verdict } from '../verdict.ts'

/*
 * Whole days under freeze, and every word that every checker says of them, kept in `freeze-stories/`: the counts, the
 * figures, the reasons and the examples are what a person acts on, and a change in any of them must be seen by somebody.
 * Whether a verdict is right is what the tests of each checker say.
 */

const sound = (
  change: (day: FreezeDay) => void = () => undefined,
  contract: Partial<FreezeContract> = {},
): FreezeCase => {
  const day = soundDay()
  change(day)
  return { ...caseOf(day), contract: { ...MODEL_CONTRACT, ...contract } }
}
const add =
  (...records: readonly FreezeRecord[]) =>
  (day: FreezeDay): void =>
    void day.records.push(...records)
const without = (day: FreezeDay, isGone: (record: FreezeRecord) => boolean): void => {
  day.records = day.records.filter((record) => !isGone(record))
}
const of = <Kind extends FreezeRecord['kind']>(day: FreezeDay, kind: Kind) =>
  day.records.filter((record): record is Extract<FreezeRecord, { kind: Kind }> => record.kind === kind)
const change = (record: object | undefined, fields: object): void => void Object.assign(record as object, fields)

const unanswered = (at: number, operation: string, more: Partial<ProbeRecord> = {}): ProbeRecord => ({
  ...refused(at, operation, 'w1'),
  ...{ status: null, worker: null, errorCode: null, exactEnvelope: false },
  ...more,
})
const fault = (name: string, active: boolean, at: number): FreezeRecord => ({
  kind: 'fault',
  name,
  active,
  timeUs: us(at),
})
const look = (sinceS: number, atS: number, changed: readonly string[] | null): FreezeRecord => ({
  kind: 'look',
  sinceUs: us(sinceS),
  timeUs: us(atS),
  changed,
})
const isJob = (record: FreezeRecord, purpose: JobRecord['purpose']) =>
  record.kind === 'job' && record.purpose === purpose

/** The bound after the freeze from 5 on: acknowledged at 5.1, 2 s for every worker. */
const BOUND_US = us(7.1)

const STORIES: Readonly<Record<string, () => FreezeCase>> = {
  'the freeze holds': () => sound(),
  'nothing was probed': () => caseOf(NOTHING_PROBED),
  'the record is cut off': () =>
    sound((day) => {
      day.complete = false
    }),

  'written in another order than it happened': () =>
    sound((day) => {
      const header = day.records.shift() as FreezeRecord
      day.records.reverse()
      // Of a fault the begin is written first, whatever else is late.
      const faults = of(day, 'fault').toReversed()
      without(day, ({ kind }) => kind === 'fault')
      day.records.push(header, ...faults)
    }),

  'protected work is done under freeze': () =>
    sound(
      add(
        accepted(9, 'rank', [], 'w2'),
        { ...accepted(9.1, 'rank', ['ranks', 'outbox']), worker: null },
        { ...refused(9.2, 'mail', 'w1'), changed: ['outbox'] },
        accepted(9.3, 'try-out', ['ranks']),
        look(8.6, 9.6, ['ranks', 'outbox']),
        look(2, 3, ['ranks']),
        // After the fault as well.
        accepted(31, 'mail', ['outbox'], 'w3'),
        { ...accepted(31.2, 'mail', []), status: 204, worker: null },
        { ...accepted(31.4, 'mail', []), status: 300, errorCode: 'MOVED' },
        { ...unanswered(31.6, 'rank'), changed: ['ranks'] },
        { ...state(31.7, 'w3', false), worker: null },
        state(31.8, 'w3', false),
      ),
    ),

  'a refusal in other words': () =>
    sound(
      add(
        { ...refused(9, 'rank', 'w1'), errorCode: 'FORBIDDEN' },
        { ...refused(9.1, 'rank', 'w1'), exactEnvelope: false },
        { ...refused(9.2, 'rank', 'w1'), status: 409 },
        { ...refused(9.3, 'mail', 'w2'), status: 500, errorCode: null },
        { ...refused(9.4, 'mail', 'w2'), status: 499, errorCode: null },
        { ...refused(9.5, 'try-out', 'w2'), status: 404, errorCode: 'NOT_FOUND' },
        { ...refused(9.6, 'try-out', 'w2'), status: 502, errorCode: null },
      ),
    ),

  'much stays without an answer': () =>
    sound(
      add(
        unanswered(9, 'rank', { problem: 'connection reset' }),
        unanswered(9.1, 'mail', { changed: null }),
        unanswered(9.2, 'try-out', { problem: 'timed out' }),
        look(8.6, 9.6, null),
        unanswered(25.5, 'rank'),
        unanswered(25.6, 'try-out'),
        { ...unanswered(25.7, 'mail'), status: 503, errorCode: 'UNAVAILABLE' },
        { ...unanswered(25.8, 'try-out'), status: 403, errorCode: 'EXAM_MODE_ACTIVE' },
        { ...unanswered(25.9, 'rank'), status: 404 },
      ),
    ),

  'no reason is known for an answer that did not come': () => sound(add(unanswered(9, 'rank'))),
  'the tables could not be read': () => sound(add(look(8.6, 9.6, null))),
  'the tables could not be read after a probe': () => sound(add({ ...refused(9, 'mail', 'w1'), changed: null })),
  'what is allowed got no answer': () => sound(add(unanswered(9.2, 'try-out', { problem: 'timed out' }))),

  'exactly at the bound and at the next toggle': () =>
    sound(
      add(
        // On the bound, and one microsecond after it.
        { ...accepted(7.1, 'rank', ['ranks']), invokeUs: BOUND_US },
        { ...refused(7.1, 'rank', 'w2'), invokeUs: BOUND_US + 1, sinceUs: BOUND_US },
        // Ends when the next toggle is asked for, and one microsecond before.
        { ...accepted(9.9, 'mail', ['outbox']), completeUs: us(10) },
        { ...refused(9.9, 'mail', 'w2'), completeUs: us(10) - 1, sinceUs: BOUND_US + 1, changed: [] },
        { ...look(0, 0, ['ranks']), sinceUs: BOUND_US, timeUs: us(9) } as FreezeRecord,
        { ...look(0, 0, ['outbox']), sinceUs: BOUND_US + 1, timeUs: us(10) } as FreezeRecord,
        { ...state(0, 'w2', false), invokeUs: BOUND_US, completeUs: BOUND_US },
        { ...state(0, 'w1', false), invokeUs: us(5.1), completeUs: us(5.2) },
        // A fault is noticed 150 ms late, on both sides.
        { ...unanswered(0, 'rank'), invokeUs: us(24), completeUs: us(24.85) },
        { ...unanswered(0, 'rank'), invokeUs: us(26.15), completeUs: us(27) },
      ),
    ),

  'one microsecond outside a fault': () =>
    sound(
      add(
        { ...unanswered(0, 'rank'), invokeUs: us(24), completeUs: us(24.85) - 1 },
        { ...unanswered(0, 'mail'), invokeUs: us(26.15) + 1, completeUs: us(27) },
      ),
    ),

  'a fault that never ends': () =>
    sound((day) => {
      without(day, (record) => record.kind === 'fault' && !record.active)
      add(unanswered(40, 'mail'), refused(41, 'mail', 'w1'))(day)
    }),

  'two faults, and a recovery that was not seen': () =>
    sound((day) => {
      change(of(day, 'header')[0], { faults: ['worker-killed', 'cache-gone', 'never-played'] })
      add(
        fault('cache-gone', true, 26.5),
        fault('cache-gone', false, 27),
        { kind: 'recovery', name: 'cache-gone', timeUs: us(29) },
        { kind: 'recovery', name: 'worker-killed', timeUs: null },
        unanswered(28, 'mail'),
        unanswered(35, 'rank'),
        accepted(27, 'rank', ['ranks']),
      )(day)
    }),

  'a fault begins before the freeze, and nobody tried again': () =>
    sound((day) => {
      without(day, (record) => record.kind === 'fault' || (record.kind === 'probe' && record.invokeUs > us(26)))
      add(fault('worker-killed', true, 18), fault('worker-killed', false, 26))(day)
    }),

  'nothing was broken': () =>
    sound((day) => {
      without(day, ({ kind }) => kind === 'fault')
      change(of(day, 'header')[0], { faults: [] })
    }),

  'a worker that does not know': () =>
    sound((day) => {
      add(
        state(7.5, 'w2', false),
        { ...state(7.6, 'w2', false), worker: null },
        { ...state(7.7, 'w2', false), enabled: null, status: 500 },
        state(12.5, 'w1', true),
        // While a fault is active it is no word.
        state(25.5, 'w1', false),
      )(day)
    }),

  'a worker that knows late, in time': () => sound(add(state(5.5, 'w2', false), state(6.9, 'w1', false))),

  'a worker that was never heard': () =>
    sound((day) => {
      change(of(day, 'header')[0], { workers: 3 })
    }),

  'not asked again after the bound': () =>
    sound((day) => without(day, (record) => record.kind === 'state' && [us(8), us(30)].includes(record.invokeUs))),

  'a toggle that was not acknowledged': () =>
    sound((day) => {
      change(of(day, 'toggle')[2], { status: null, problem: 'connection reset' })
      change(of(day, 'toggle')[4], { status: 500 })
    }),

  'toggled too rarely': () => sound((day) => without(day, (one) => one.kind === 'toggle' && one.invokeUs > us(10))),

  'jobs that do not care': () =>
    sound((day) => {
      without(day, (record) => isJob(record, 'skip') || isJob(record, 'stop'))
      add(
        job('skip', 7.5, 1_000, 0, 'DONE'),
        job('skip', 8, 1_000, 1, 'SKIPPED'),
        job('skip', 8.2, 1_000, 0, null),
        job('skip', 8.4, 1_000, null, null),
        { ...job('skip', 8.5, 1_000, 0, null), unclear: true },
        { ...job('stop', 4, 1_500, 1, 'STOPPED'), seenRunning: true },
        { ...job('stop', 4, 3_500, 0, 'DONE'), seenRunning: true },
        { ...job('stop', 4, 9_000, null, 'RUNNING'), seenRunning: true, problem: 'still running' },
        { ...job('stop', 4, 1_500, 0, null), seenRunning: true },
        { ...job('stop', 4, 8_000, 0, 'STOPPED'), seenRunning: true },
      )(day)
    }),

  'a job stops in the last moment that counts': () =>
    sound((day) => {
      without(day, (record) => isJob(record, 'stop'))
      add(
        { ...job('stop', 4, 0, 0, 'STOPPED'), completeUs: us(10.1), seenRunning: true },
        { ...job('stop', 4, 0, 0, 'STOPPED'), completeUs: us(10.1) + 1, seenRunning: true },
      )(day)
    }),

  'jobs of which too little is known': () =>
    sound((day) => {
      without(day, (record) => isJob(record, 'skip') || isJob(record, 'stop'))
      add({ ...job('skip', 8, 1_000, null, null), problem: 'no such program' })(day)
      add({ ...job('stop', 4, 1_500, null, 'RUNNING'), seenRunning: true, problem: 'not watched' })(day)
    }),

  'a job that was not running': () =>
    sound((day) =>
      change(
        of(day, 'job').find(({ purpose }) => purpose === 'stop'),
        { seenRunning: false },
      ),
    ),
  'a job of which nobody knows the run': () =>
    sound((day) => {
      for (const one of of(day, 'job')) if (one.purpose !== 'control') change(one, { unclear: true, run: null })
    }),
  'a job that was done before': () =>
    sound((day) => {
      without(day, (record) => isJob(record, 'stop'))
      add({ ...job('stop', 4, 500, 0, 'DONE'), seenRunning: true })(day)
    }),
  'a job with no freeze after it': () =>
    sound((day) => {
      without(day, (record) => isJob(record, 'stop'))
      add({ ...job('stop', 20, 1_500, 0, 'STOPPED'), seenRunning: true })(day)
    }),
  'jobs that never worked': () =>
    sound((day) => {
      without(day, (record) => isJob(record, 'control'))
      add(
        job('control', 1, 1_000, 1, 'DONE'),
        job('control', 2, 1_000, 0, 'SKIPPED'),
        job('control', 8, 500, 0, 'DONE'),
      )(day)
    }),
  'no job was started': () => sound((day) => without(day, ({ kind }) => kind === 'job')),
  'there is no job': () => sound(undefined, { jobs: [] }),

  'nothing is protected': () => sound(undefined, { operations: MODEL_CONTRACT.operations.slice(2) }),
  'protected, and without any effect': () =>
    sound(undefined, { operations: MODEL_CONTRACT.operations.map((one) => ({ ...one, changes: [] })) }),
  'protected work that never works': () =>
    sound((day) => {
      without(day, (record) => record.kind === 'probe' && record.invokeUs < us(1))
      add(
        { ...accepted(0.5, 'rank', []), status: 403, errorCode: 'FORBIDDEN' },
        accepted(0.6, 'mail', []),
        accepted(0.7, 'try-out', []),
      )(day)
    }),
  'protected work with half of its effects': () =>
    sound(undefined, {
      operations: MODEL_CONTRACT.operations.map((one) =>
        one.id === 'rank' ? { ...one, changes: ['ranks', 'entries'] } : one,
      ),
    }),
  'protected work that got no answer without freeze': () =>
    sound((day) => {
      without(day, (record) => record.kind === 'probe' && record.operation === 'rank' && record.invokeUs < us(1))
      add(unanswered(0.5, 'rank', { problem: 'refused' }))(day)
    }),
  'protected work that was not tried without freeze': () =>
    sound((day) => without(day, (record) => record.kind === 'probe' && record.invokeUs < us(1))),

  'candidates are told of the freeze': () =>
    sound((day) => {
      day.operations.push([6.7, 'save-answer', 5, 'EXAM_MODE_ACTIVE'], [14, 'login', 5, 'EXAM_MODE_ACTIVE'])
      day.operations.push([6.8, 'submit', 5, 'SESSION_CLOSED'])
    }),
  'nobody handed in under freeze': () =>
    sound((day) => {
      day.operations = day.operations.filter(([, f]) => f !== 'submit' && f !== 'login')
      day.operations.push([11, 'submit', 5], [4.99, 'login', 200])
    }),
  'nobody saw what is allowed work': () =>
    sound((day) => without(day, (record) => record.kind === 'probe' && record.operation === 'try-out')),

  'slower under freeze': () =>
    sound((day) => {
      day.operations = day.operations.map(([at, f, ms]) => [at, f, isFrozen(at) ? ms + 30 : ms])
    }),
  'as slow as may be': () =>
    sound((day) => {
      day.operations = day.operations.map(([at, f, ms]) => [
        at,
        f,
        f === 'save-answer' ? (isFrozen(at) ? 110 : 100) : ms,
      ])
    }),
  'a little slower than may be': () =>
    sound((day) => {
      day.operations = day.operations.map(([at, f, ms]) => [
        at,
        f,
        f === 'save-answer' ? (isFrozen(at) ? 110.001 : 100) : ms,
      ])
    }),
  'slower in one pair of windows only': () =>
    sound((day) => {
      day.operations = day.operations.map(([at, f, ms]) => [at, f, isFrozen(at) && at > 12 ? ms + 30 : ms])
    }),
  'too few answers to compare': () =>
    sound((day) => {
      let left = 19
      day.operations = day.operations.filter(([at, f]) => f !== 'save-answer' || at < 16 || at > 19 || left-- > 0)
    }),
  'an even number of answers': () =>
    sound((day) => {
      day.operations = day.operations.filter(([at, f]) => f !== 'save-answer' || at % 1 < 0.96)
    }),

  'the log says nothing': () =>
    sound((day) => {
      day.log = ' \n'
    }),
  'the log could not be read': () =>
    sound((day) => {
      day.log = null
    }),
  'the log says other things': () =>
    sound((day) => {
      const lines = logOf(day.records).split('\n')
      const requests = lines.map((line) => line.replace('"event":"toggled"', '"event":"request"'))
      day.log = [
        'started on port 8080',
        'backend-1 | {"event":"toggled","request_id":"t-0","actor_id":"admin","enabled":false,"reason":"at 0"}',
        requests.find((line) => line.includes('"t-5"')),
        lines.find((line) => line.includes('"t-10"'))?.replace('"admin"', '"somebody"'),
        lines.find((line) => line.includes('"t-13"'))?.replace('at 13', 'why not'),
        lines.find((line) => line.includes('"t-16"'))?.replace('false', 'true'),
        lines.find((line) => line.includes('"t-19"'))?.slice(0, -4),
        ...lines.filter((line) => line.includes('"blocked"')).map(careless),
      ].join('\n')
    }),
}

/** Four ways to log a refusal badly, one after the other. */
function careless(line: string, index: number): string {
  if (index === 0) return line.replace('"admin"', '"somebody"')
  if (index === 1) return line.replace(/"operation":"[a-z-]+"/, '"operation":""')
  if (index === 2) return line.replace(/"operation":"[a-z-]+"/, '"operation":7')
  return index === 3 ? '' : line
}

function isFrozen(at: number): boolean {
  return (at > 5 && at < 10) || (at > 13 && at < 16) || at > 19
}

test.each(Object.entries(STORIES))('%s', async (name, tell) => {
  const text = [...judgeFreeze(tell()).map(wordsOf), ''].join('\n')
  await expect(text).toMatchFileSnapshot(`./freeze-stories/${name.replace(/[^a-z]+/g, '-')}.txt`)
})

describe('the audit of an administrator whose access token names nobody', () => {
  const audited = (change: (log: string) => string) => {
    const day = soundDay()
    const log = change(logOf(day.records))
    const records = day.records.map((record) => (record.kind === 'header' ? { ...record, actor: null } : record))
    return judgeFreeze(caseOf({ ...day, records, log })).find(({ id }) => id === 'freeze-audited')
  }

  test('finds every line, and does not judge whom they name', () => {
    expect(audited((log) => log)).toMatchObject({
      valid: 'not-judged',
      reason: expect.stringContaining('the access token of the administrator is no JWT'),
    })
    expect(audited((log) => log.replaceAll('"actor_id":"admin"', '"actor_id":7'))).toMatchObject({
      valid: 'not-judged',
    })
  })

  test.each([
    ['a line is missing', (log: string) => log.split('\n').slice(1).join('\n'), 'is not in the log'],
    ['a line names nobody', (log: string) => log.replace('"admin"', '""'), 'is logged without who did it'],
  ])('is held to all else: %s', (_what, change, says) => {
    expect(audited(change)).toMatchObject({ valid: false, violations: 1 })
    expect(JSON.stringify(audited(change))).toContain(says)
  })
})

/** A refusal that proves nothing is no violation. */
const NEVER_FALSE: readonly string[] = ['freeze-positive-control']

test.each(FREEZE_CHECKERS)('$id has said true, false and unknown of these days', ({ id }) => {
  const said = Object.values(STORIES).map((tell) => judgeFreeze(tell()).find((verdict) => verdict.id === id)?.valid)
  const expected = [true, 'unknown', ...(NEVER_FALSE.includes(id) ? [] : [false])]
  expect(new Set(said)).toEqual(new Set(expected))
})

test.each(FREEZE_CHECKERS)('$id says what it promises, and to which gate it belongs', async ({ id, title, gate }) => {
  await expect(`${gate}: ${title}\n`).toMatchFileSnapshot(`./freeze-stories/promises/${id}.txt`)
})

/** Everything that a verdict says, a line for each thing. */
function wordsOf({ id, valid, counts, violations, reason, figures, examples }: Verdict): string {
  return [
    `${id}: ${valid}, ${violations} violations`,
    `  ${Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
    ...(figures ?? []).map(
      ({ label, measured, limit, unit, bad }) => `  ${label}: ${measured} ${unit}, bad ${bad} ${limit}`,
    ),
    ...(reason === undefined ? [] : [`  because ${reason}`]),
    ...examples.map(({ summary }) => `  - ${summary}`),
  ].join('\n')
}

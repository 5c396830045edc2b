import { describe, expect, test } from 'vitest'
import { memoryRecorder } from '../load/testing/memory-recorder.ts'
import { stopCondition } from './stop-condition.ts'

function day(errorRate: number) {
  const said: string[] = []
  const recorder = memoryRecorder()
  const watched = stopCondition(recorder, errorRate, (reason) => said.push(reason))
  const complete = (atS: number, reason: string, type: 'ok' | 'fail' | 'info' = 'fail', errorCode?: string) =>
    watched.complete({
      ...{ type, timeUs: atS * 1e6, invocation: 0, reason },
      ...(errorCode === undefined ? {} : { errorCode }),
    })
  /** Two starts of a candidate at the same moment; the one on the side is answered first. */
  const start = (candidate: string, main: string, aside: string): void => {
    const of = (reason: string) => ({ type: reason === 'success' ? ('ok' as const) : ('fail' as const), reason })
    const send = (connection: string): number =>
      watched.invoke({
        ...{ candidate, connection, f: 'create-session', step: 'start-burst', requestId: connection, attempt: 1 },
        ...{ timeUs: 1e6, intendedUs: 1e6 },
      })
    const [first, second] = [send('main'), send('aside')]
    watched.complete({ ...of(aside), timeUs: 1.1e6, invocation: second })
    watched.complete({ ...of(main), timeUs: 1.2e6, invocation: first })
  }
  return { said, recorder, complete, start }
}

describe('the stop condition of a platform outside', () => {
  test('is reached once, when more than the share fails', () => {
    const { said, recorder, complete } = day(0.3)
    for (let at = 0; at < 14; at += 1) complete(at / 10, 'success', 'ok')
    for (let at = 0; at < 6; at += 1) complete(2, 'server-error', 'info')
    expect(said).toEqual([])
    complete(2.1, 'rate-limited')
    complete(2.2, 'rate-limited')
    expect(said).toEqual([
      'the day was ended by its stop condition: 7 of 21 requests within 10 s failed, 30 % are borne (external.stopErrorRate)',
    ])
    expect(recorder.events).toHaveLength(22)
  })

  test('needs twenty requests, and forgets what was before the last 10 s', () => {
    const { said, complete } = day(0.3)
    for (let count = 0; count < 19; count += 1) complete(1, 'time-out', 'info')
    for (let count = 0; count < 30; count += 1) complete(12, 'success', 'ok')
    expect(said).toEqual([])
  })

  test('does not count refusals that belong to the game', () => {
    const { said, complete } = day(0)
    for (let count = 0; count < 10; count += 1) {
      complete(1, 'session-closed')
      complete(1, 'superseded')
      complete(1, 'exam-not-open')
      complete(1, 'unauthorized', 'fail', 'TOKEN_EXPIRED')
    }
    expect(said).toEqual([])
    complete(1, 'unauthorized', 'fail', 'UNAUTHORIZED')
    expect(said).toHaveLength(1)
  })

  test('does not count one of two starts at once that is sent away, but every other', () => {
    const { said, start } = day(0)
    for (let at = 0; at < 20; at += 1) start(`c-${at}`, 'success', 'conflict')
    expect(said).toEqual([])
    start('c-21', 'conflict', 'conflict')
    expect(said).toHaveLength(1)
  })
})

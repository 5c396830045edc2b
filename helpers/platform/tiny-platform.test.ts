import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freezeSafety } from '../checkers/freeze-safety.ts'
import { problemsOfRefusal } from '../experience/clear-refusal.ts'
import type { FaultTarget } from '../faults/fault.ts'
import { lookAtBackend, untilGreen } from '../faults/look.ts'
import { caseOf, soundDay } from '../freeze/testing/model-freeze.ts'
import { monitorCompanion } from '../monitor/monitor-companion.ts'
import { probeSteadyState } from '../steady-state.ts'
import reference from './reference-platform.ts'
import tiny from './testing/tiny-platform.ts'

/** What the server of the tiny platform was asked for. */
const asked: string[] = []
const server = createServer((request: IncomingMessage, response) => {
  asked.push(`${request.method} ${request.url}`)
  response.statusCode = request.url === '/up' || request.url === '/alive' ? 200 : 404
  response.end('all right')
})
let port: number
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

describe('a platform that shares no address, field or code with the reference', () => {
  test('is steady when its own address says so, and only that is asked', async () => {
    asked.length = 0
    const probe = (health: typeof tiny.health) =>
      probeSteadyState({
        id: 'steady-state-after',
        baseUrl: `http://127.0.0.1:${port}`,
        health,
        limitMs: 2_000,
        signal: new AbortController().signal,
      })
    expect(await probe(tiny.health)).toMatchObject({ valid: true, counts: { probes: 10, wrong: 0 } })
    expect(new Set(asked)).toEqual(new Set(['GET /up']))
    expect(await probe(reference.health)).toMatchObject({ valid: false, reason: expect.stringContaining('/v1/ready') })
    expect(await probe({ ...tiny.health, readyStatus: 'ok' })).toMatchObject({ valid: false })
  })

  test('is looked at by faults where it answers', async () => {
    const target = (health: FaultTarget['health']) =>
      ({ health, proxyAddress: () => ({ host: '127.0.0.1', port }) }) as unknown as FaultTarget
    expect(await lookAtBackend(target(tiny.health))).toMatchObject({ said: '200 all right' })
    expect(await lookAtBackend(target(reference.health))).toMatchObject({ said: '404 all right' })
    const limit = { signal: AbortSignal.timeout(2_000) } as never
    await untilGreen(target(tiny.health), 'backend', limit)
  })

  test('refuses under freeze with 423, and nothing else will do', () => {
    const day = soundDay()
    const contract = { ...caseOf(day).contract, refusal: (tiny.freeze as NonNullable<typeof tiny.freeze>).refusal }
    const judge = (status: number, errorCode: string) => {
      const records = day.records.map((record) =>
        record.kind === 'probe' && record.errorCode === 'EXAM_MODE_ACTIVE' ? { ...record, status, errorCode } : record,
      )
      const story = caseOf({ ...day, records })
      return freezeSafety.judge({ ...story, contract })
    }
    expect(judge(423, 'locked')).toMatchObject({ valid: true })
    expect(judge(403, 'EXAM_MODE_ACTIVE')).toMatchObject({ valid: false })
    expect(judge(423, 'EXAM_MODE_ACTIVE').reason).toContain('and not 423 locked as promised')
  })

  test('refuses in its own envelope, and the one of the reference is unclear there', () => {
    const promise = { envelope: tiny.refusals.envelope, repeatsRequestId: false }
    const refusal = (body: unknown) => ({
      status: 423,
      contentType: 'application/json',
      requestId: null,
      retryAfter: null,
      body: JSON.stringify(body),
    })
    expect(problemsOfRefusal(refusal({ why: 'locked', text: 'Not while an exam is on.' }), 'r-1', promise)).toEqual([])
    expect(
      problemsOfRefusal(refusal({ error_code: 'LOCKED', message: 'Not now.' }), 'r-1', promise).join('; '),
    ).toContain('has the fields error_code, message')
    expect(
      problemsOfRefusal(refusal({ why: 'locked', text: 'Not while an exam is on.' }), 'r-1', {
        ...promise,
        repeatsRequestId: true,
      }),
    ).toEqual(['has no X-Request-ID'])
  })

  test('without a summary nobody watches, and what the monitor would tell is not judged', async () => {
    const companion = monitorCompanion({ platform: tiny, admin: { email: 'a', password: 'b' }, examId: 'e' })
    asked.length = 0
    await companion.play({} as never)
    expect(asked).toEqual([])
    expect(await companion.conclude({} as never)).toMatchObject([
      { id: 'monitor-counts', valid: 'not-judged', reason: expect.stringContaining('no summary') },
      { id: 'monitor-fresh', valid: 'not-judged' },
    ])
  })
})

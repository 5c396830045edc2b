import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import reference from './platform/reference-platform.ts'
import { probeSteadyState, type SteadyState } from './steady-state.ts'

const LIMIT_MS = 300

/** Probe a server whose readiness is `answer`. */
async function probe(
  answer: (probe: number) => Promise<{ status: number; body: unknown }>,
  over: Partial<SteadyState> = {},
) {
  let probes = 0
  const server = createServer(async (_, response) => {
    probes += 1
    const { status, body } = await answer(probes)
    response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const signal = new AbortController().signal
    return await probeSteadyState({
      id: 'steady-state-after',
      baseUrl,
      health: reference.health,
      limitMs: LIMIT_MS,
      signal,
      ...over,
    })
  } finally {
    server.close()
  }
}

const OK = { status: 200, body: { status: 'ok' } }

describe('steady state', () => {
  test('holds when ten probes in a row find it ready in time', async () => {
    expect(await probe(async () => OK)).toMatchObject({ valid: true, counts: { probes: 10, wrong: 0, slow: 0 } })
  })

  test('after the load one probe that says degraded is false, and says what was seen', async () => {
    const seen = await probe(async (n) => (n === 4 ? { status: 200, body: { status: 'degraded' } } : OK))
    expect(seen).toMatchObject({ valid: false, gate: 'graceful-failure', violations: 1 })
    expect(seen.reason).toContain('probe 4: status "degraded"')
  })

  test('after the load a status of 503 and a server that is gone are false', async () => {
    expect((await probe(async () => ({ status: 503, body: {} }))).valid).toBe(false)
    expect((await probe(async () => OK, { baseUrl: 'http://127.0.0.1:1' })).valid).toBe(false)
  })

  test('after the load a slow probe is false', async () => {
    const seen = await probe(async (n) => {
      if (n === 2) await sleep(LIMIT_MS + 100)
      return OK
    })
    expect(seen).toMatchObject({ valid: false, counts: { slow: 1 } })
  })

  test('a slow probe while this process stood still itself is unknown, a wrong one is false all the same', async () => {
    const standStill = () => {
      const endMs = performance.now() + LIMIT_MS + 200
      while (performance.now() < endMs);
    }
    const slow = await probe(async (n) => {
      if (n === 2) standStill()
      return OK
    })
    expect(slow).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('this process itself stood still') })
    const wrong = await probe(async (n) => {
      if (n === 2) standStill()
      return n === 3 ? { status: 503, body: {} } : OK
    })
    expect(wrong.valid).toBe(false)
  })

  test('before the load it is a gate: a failed probe is unknown, for nothing was rehearsed', async () => {
    const seen = await probe(async () => ({ status: 503, body: {} }), { id: 'steady-state-before', startingMs: 300 })
    expect(seen).toMatchObject({ valid: 'unknown', gate: 'load-offered' })
  })

  test('before the load a platform of which one worker is late gets the time to start, and must then be steady', async () => {
    const late = async (n: number) => (n % 2 === 0 && n < 15 ? { status: 200, body: { status: 'degraded' } } : OK)
    expect(await probe(late, { id: 'steady-state-before' })).toMatchObject({
      valid: true,
      counts: { probes: 10, wrong: 0, slow: 0 },
    })
    expect((await probe(late, { id: 'steady-state-before' })).figures).toContainEqual({
      ...{ label: 'steady-state-before: until it was steady', limit: 10_000, unit: 'ms', bad: 'above' },
      // Not the time it was asked when it was steady, and not nothing.
      measured: expect.toSatisfy((ms: number) => ms >= 250 && ms < 5_000),
    })
    expect(await probe(late, { id: 'steady-state-before', startingMs: 0 })).toMatchObject({ valid: 'unknown' })
  })

  test('after the load nobody waits for it to become well', async () => {
    const seen = await probe(async (n) => (n === 1 ? { status: 503, body: {} } : OK), { startingMs: 5_000 })
    expect(seen).toMatchObject({ valid: false, counts: { wrong: 1 } })
  })

  test('interrupted it is unknown', async () => {
    expect((await probe(async () => OK, { signal: AbortSignal.abort() })).valid).toBe('unknown')
  })
})

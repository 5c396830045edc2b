import { describe, expect, test } from 'vitest'
import { type GateId, mergeValidity, type Verdict } from '../verdict.ts'
import { judgeRecords, judgeSamples, type WhatWasSeen } from './judge-observed.ts'
import { NO_SAMPLES, type Samples, type SourceName } from './sample.ts'
import {
  every,
  HEALTHY_BACKEND,
  HEALTHY_POSTGRES,
  HEALTHY_SAMPLES,
  observedOf,
  without,
} from './testing/observed-of.ts'
import { recordsOf, type Told } from './testing/records-of.ts'

const REQUESTS: readonly Told[] = Array.from({ length: 300 }, () => ({ sentS: 30 }))

/** The day's answers, counted: nothing before, everything after. */
const COUNTED = HEALTHY_SAMPLES.backend.map((sample, second) => ({
  ...sample,
  value: { ...HEALTHY_BACKEND, requests: second < 30 ? {} : { 'POST /v1/sessions/:id/answer 200': 300 } },
}))

function seen(samples: Partial<Samples> = {}, overrides: Partial<WhatWasSeen> = {}): WhatWasSeen {
  const { sampled, steps, outside } = observedOf({ backend: COUNTED, ...samples })
  return { ...recordsOf(REQUESTS), sampled, steps, outside, poolLimit: 0.8, ...overrides }
}

function gateOf(what: WhatWasSeen, gate: GateId) {
  const verdicts: readonly Verdict[] = [...judgeSamples(what), ...judgeRecords(what)]
  return mergeValidity(verdicts.filter((verdict) => verdict.gate === gate).map(({ valid }) => valid))
}

const GATES = [
  'database-pool',
  'graceful-failure',
  'evidence-complete',
  'audit-logs',
  'no-silent-failures',
] as const satisfies readonly GateId[]

describe('the gates that rest on what was seen', () => {
  test('are green on a day on which everything was seen and was well', () => {
    for (const gate of GATES) expect(gateOf(seen(), gate), gate).toBe(true)
  })

  test.each<[SourceName, GateId[]]>([
    ['postgres', ['database-pool', 'graceful-failure', 'evidence-complete']],
    ['postgres-work', ['database-pool', 'evidence-complete']],
    ['redis', ['graceful-failure', 'evidence-complete']],
    ['backend', ['database-pool', 'graceful-failure', 'evidence-complete', 'audit-logs']],
    ['usage', ['graceful-failure', 'evidence-complete']],
    ['machine', ['evidence-complete']],
  ])('without %s those that need it are unknown, and no other', (source, needing) => {
    const what = seen(without(source))
    expect(GATES.filter((gate) => gateOf(what, gate) === 'unknown')).toEqual(
      GATES.filter((gate) => needing.includes(gate)),
    )
  })

  test('without the log the audit and the silent failures are unknown', () => {
    const what = seen({}, { captured: { known: false, reason: 'the engine is gone' } })
    expect(GATES.filter((gate) => gateOf(what, gate) === 'unknown')).toEqual(['audit-logs', 'no-silent-failures'])
  })

  test('when nothing at all was seen, none is green', () => {
    const nothing = seen({}, { captured: { known: false, reason: 'nothing' } })
    const what = { ...nothing, sampled: { ...nothing.sampled, samples: NO_SAMPLES } }
    for (const gate of GATES) expect(gateOf(what, gate), gate).toBe('unknown')
  })
})

test('what comes when a backend is scaled must fit, although nothing else is looked at then', () => {
  const postgres = every('postgres', (second) => ({ ...HEALTHY_POSTGRES, connections: second === 30 ? 97 : 25 }))
  const outside = [{ fromUs: 28_000_000, toUs: 32_000_000 }]
  const connectionsOf = (what: WhatWasSeen) =>
    judgeSamples(what).find(({ id }) => id === 'connections-below-maximum')?.valid
  expect(connectionsOf(seen({ postgres }, { outside }))).toBe(true)
  expect(connectionsOf(seen({ postgres }, { outside, outsideConnections: [] }))).toBe(false)
})

test('a check that crashes is unknown with the error, and takes no other with it', () => {
  const broken = HEALTHY_SAMPLES.redis.map((sample, second) => {
    if (second !== 30) return sample
    return Object.defineProperty({ ...sample }, 'value', {
      get: () => {
        throw new TypeError('unreadable')
      },
    })
  })
  const verdicts = judgeSamples(seen({ redis: broken }))
  expect(verdicts.find(({ id }) => id === 'redis-keeps-everything')).toMatchObject({
    valid: 'unknown',
    reason: 'the check crashed: TypeError: unreadable',
  })
  expect(verdicts.find(({ id }) => id === 'database-pool')?.valid).toBe(true)
})

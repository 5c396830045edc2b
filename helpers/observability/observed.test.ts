import { expect, test } from 'vitest'
import { looksAt, type Observed } from './observed.ts'
import { NO_SAMPLES } from './sample.ts'

test('a look that a fault began under is the fault’s, also when it had started before', () => {
  const look = (timeMs: number, tookMs: number) => ({ timeUs: timeMs * 1_000, tookMs, value: {} })
  const observed = {
    sampled: {
      samples: { ...NO_SAMPLES, usage: [look(0, 50), look(2_000, 1_000), look(8_000, 50)] },
      fromUs: 0,
      toUs: 9e6,
    },
    outside: [{ fromUs: 2_500_000, toUs: 6_500_000 }],
  } as unknown as Observed
  expect(looksAt(observed, 'usage').known.map(({ timeUs }) => timeUs)).toEqual([0, 8_000_000])
})

import { expect, test } from 'vitest'
import type { MachinePulse } from '../observability/probe-machine.ts'
import type { Sample } from '../observability/sample.ts'
import { heedOthers } from './heed-others.ts'
import { PROFILES } from './profiles.ts'
import { loadResultOf, windowOf } from './testing/load-result-of.ts'

/** A load of three windows of 10 s in which everybody was calm. */
const LOAD = loadResultOf({ profile: PROFILES.smoke, windows: [windowOf(0), windowOf(1), windowOf(2)] })

/** Processors of the machine. */
const PROCESSORS = 2

/** A look a second, each with what `share` says of that second, of all processors. */
function looks(share: (second: number) => { readonly own: number; readonly others: number } | string | null) {
  let [idleMs, busyMs, ownMs] = [50_000, 70_000, 0]
  const samples: Sample<MachinePulse>[] = []
  for (let second = 0; second <= 30; second++) {
    const seen = share(second)
    const common = { timeUs: second * 1e6, tookMs: 2 }
    if (seen === null) samples.push({ ...common, value: null, reason: 'refused' })
    else if (typeof seen === 'string') samples.push({ ...common, value: { unknown: seen } })
    else {
      busyMs += (seen.own + seen.others) * PROCESSORS * 1_000
      ownMs += seen.own * PROCESSORS * 1_000
      idleMs += (1 - seen.own - seen.others) * PROCESSORS * 1_000
      samples.push({ ...common, value: { capacityMs: busyMs + idleMs, idleMs, busyMs, ownMs } })
    }
  }
  return samples
}

function problemsOf(load: ReturnType<typeof heedOthers>): readonly number[] {
  return load.windows.map(({ problems }) => problems.length)
}

test('a machine of our own leaves every window as it was, with what others took of it', () => {
  const load = heedOthers(
    LOAD,
    looks(() => ({ own: 0.9, others: 0.02 })),
  )
  expect(problemsOf(load)).toEqual([0, 0, 0])
  expect(load.windows[1]?.others).toBeCloseTo(0.02)
  expect(load.generator.valid).toBe(true)
})

test('a window in which others took a full machine cannot be believed, and only that one', () => {
  const load = heedOthers(
    LOAD,
    looks((second) => ({ own: 0.6, others: second > 10 && second <= 20 ? 0.4 : 0 })),
  )
  expect(problemsOf(load)).toEqual([0, 1, 0])
  expect(load.windows[1]?.problems[0]).toBe(
    'others on this machine took 40 % of its processors, allowed 10 %, and 0 % were left',
  )
})

test('so do many of them make the generator one that cannot be believed', () => {
  const load = heedOthers(
    LOAD,
    looks(() => ({ own: 0.6, others: 0.35 })),
  )
  expect(load.generator).toMatchObject({ valid: false, reasons: [expect.stringContaining('others on this machine')] })
})

test('who takes what nobody wants disturbs nobody: a large machine with others on it', () => {
  const load = heedOthers(
    LOAD,
    looks(() => ({ own: 0.1, others: 0.6 })),
  )
  expect(problemsOf(load)).toEqual([0, 0, 0])
})

test.each([
  ['nobody looked', []],
  ['every look failed', looks(() => null)],
  ['the machine cannot tell', looks(() => 'no /proc/stat')],
  [
    'two looks are too close to each other',
    looks((second) => (second % 10 >= 3 && second % 10 < 7 ? { own: 0.5, others: 0.5 } : null)),
  ],
])('where %s it is not known, and nothing is held against a window', (_, samples) => {
  const load = heedOthers(LOAD, samples)
  expect(load.windows.map(({ others }) => others)).toEqual([null, null, null])
  expect(problemsOf(load)).toEqual([0, 0, 0])
})

test('problems of the generator itself stay', () => {
  const load = heedOthers(
    { ...LOAD, windows: [windowOf(0, 'CPU 95 %')] },
    looks(() => ({ own: 0.5, others: 0.5 })),
  )
  expect(load.windows[0]?.problems).toHaveLength(2)
})

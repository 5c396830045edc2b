import { describe, expect, test } from 'vitest'
import {
  judgeBound,
  judgeLoad,
  LOAD_TARGETS,
  type LoadFigure,
  type LoadTarget,
  OWN,
  PACED_PER_SECOND,
} from './load-targets.ts'

const OTHER_COST = 100

const figure = (tool: string, target: LoadTarget, cost: number, over: Partial<LoadFigure> = {}): LoadFigure => ({
  tool,
  mode: target.mode,
  connections: target.connections,
  cpuUsPerOp: cost,
  rssBytes: cost,
  opsPerSecond: PACED_PER_SECOND,
  ...over,
})

describe.each(LOAD_TARGETS)('$what at $mode $connections against $against', (target) => {
  const other = figure(target.against, target, OTHER_COST)
  const judge = (...figures: LoadFigure[]) => judgeLoad(figures, [target])

  test('is met exactly at its bound', () => {
    expect(judge(figure(OWN, target, target.atMost * OTHER_COST), other)).toMatchObject([{ state: 'met' }])
  })

  test('is missed just above its bound', () => {
    expect(judge(figure(OWN, target, target.atMost * OTHER_COST + 1), other)).toMatchObject([{ state: 'missed' }])
  })

  test('is not judged without the other tool, and never met', () => {
    const elsewhere = { ...other, connections: target.connections + 1 }
    expect(judge(figure(OWN, target, 1), elsewhere)).toMatchObject([{ state: 'not-judged' }])
  })

  test('refuses to judge without our own figure', () => {
    expect(() => judge(other)).toThrow(OWN)
  })

  test('is not judged when the other figure is zero', () => {
    expect(judge(figure(OWN, target, 1), figure(target.against, target, 0))).toMatchObject([{ state: 'not-judged' }])
  })
})

const PACED = LOAD_TARGETS.find(({ mode }) => mode === 'paced') as LoadTarget

test('a paced load that our engine did not offer is a miss, however cheap it was', () => {
  const short = figure(OWN, PACED, 1, { opsPerSecond: PACED_PER_SECOND * 0.94 })
  expect(judgeLoad([short, figure(PACED.against, PACED, OTHER_COST)], [PACED])).toMatchObject([
    { state: 'missed', why: `${OWN} offered 2820/s` },
  ])
})

test('a paced load that the other tool did not offer is nothing to compare with', () => {
  const short = figure(PACED.against, PACED, OTHER_COST, { opsPerSecond: PACED_PER_SECOND * 0.94 })
  expect(judgeLoad([figure(OWN, PACED, 1), short], [PACED])).toMatchObject([{ state: 'not-judged' }])
})

test.each([
  [1.99, 'met'],
  [2, 'missed'],
  [Number.NaN, 'missed'],
] as const)('a bound of 2 with %d is %s', (measured, state) => {
  expect(judgeBound({ what: 'added latency', below: 2 }, measured)).toMatchObject({ measured, state })
})

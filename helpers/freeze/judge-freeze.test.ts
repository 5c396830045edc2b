import { describe, expect, test } from 'vitest'
import { FREEZE_CHECKERS, judgeFreeze } from './judge-freeze.ts'
import { REFERENCE_FREEZE } from './operations.ts'
import { parseFreezeRecords } from './record.ts'
import { caseOf, NOTHING_PROBED, soundDay } from './testing/model-freeze.ts'

describe('the verdicts on the freeze', () => {
  test('a sound day holds in everything', () => {
    expect(judgeFreeze(caseOf(soundDay())).map(({ id, valid, reason }) => [id, valid, reason])).toEqual(
      FREEZE_CHECKERS.map(({ id }) => [id, true, undefined]),
    )
  })

  test('nothing probed is unknown in everything, and never a pass', () => {
    const verdicts = judgeFreeze(caseOf(NOTHING_PROBED))
    expect(verdicts.map(({ valid }) => valid)).toEqual(verdicts.map(() => 'unknown'))
  })

  test('a record that is cut off is no pass', () => {
    const verdicts = judgeFreeze(caseOf({ ...soundDay(), complete: false }))
    expect(new Set(verdicts.map(({ valid }) => valid))).toEqual(new Set(['unknown']))
  })

  test('a checker that crashes is unknown', () => {
    const broken = { ...soundDay(), records: [{ kind: 'toggle' }, null] as never }
    expect(new Set(judgeFreeze(caseOf(broken)).map(({ valid }) => valid))).toEqual(new Set(['unknown']))
  })
})

describe('the record', () => {
  test('reads back what was written, and notices a cut', () => {
    const text = soundDay()
      .records.map((record) => `${JSON.stringify(record)}\n`)
      .join('')
    expect(parseFreezeRecords(text)).toEqual({ complete: true, records: soundDay().records })
    expect(parseFreezeRecords(text.slice(0, -3))).toMatchObject({ complete: false })
    expect(parseFreezeRecords('')).toEqual({ complete: false, records: [] })
  })
})

describe('the freeze of the reference backend', () => {
  test('names the six operations that are protected, each with an effect that can be seen', () => {
    const { operations } = REFERENCE_FREEZE
    const protectedOnes = operations.filter(({ underFreeze }) => underFreeze === 'refused')
    expect(protectedOnes).toHaveLength(6)
    for (const { changes } of protectedOnes) expect(changes.length).toBeGreaterThan(0)
    for (const { underFreeze, changes } of operations) if (underFreeze === 'allowed') expect(changes).toEqual([])
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  })
})

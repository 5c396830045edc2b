import { describe, expect, test } from 'vitest'
import { FREEZE_CHECKERS, judgeFreeze } from './judge-freeze.ts'
import { REFERENCE_FREEZE } from './operations.ts'
import { type FreezeRecord, parseFreezeRecords } from './record.ts'
import { accepted, caseOf, type FreezeDay, job, NOTHING_PROBED, soundDay, state } from './testing/model-freeze.ts'

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

describe('what contradicts the last window of freeze', () => {
  /** All of it from 19 on, when the freeze is on to the end. */
  const CONTRADICTIONS: Readonly<Record<string, FreezeRecord>> = {
    'freeze-safety': accepted(29, 'rank', ['ranks']),
    'freeze-persistence': accepted(29, 'rank', []),
    'freeze-propagation': state(29, 'w1', false),
    'jobs-skip': job('skip', 29, 1_000, 0, 'DONE'),
    'jobs-stop': { ...job('stop', 18, 9_000, 0, 'DONE'), seenRunning: true },
  }
  const verdictOf = (id: string, toggle: number, status: number | null) => {
    const day: FreezeDay = soundDay()
    day.records.push(CONTRADICTIONS[id] as FreezeRecord)
    const asked = day.records.filter(({ kind }) => kind === 'toggle')[toggle]
    Object.assign(asked as object, { status })
    return judgeFreeze(caseOf(day)).find((verdict) => verdict.id === id)
  }

  test.each(Object.keys(CONTRADICTIONS))('%s: is false, also after a toggle that was refused', (id) => {
    expect(verdictOf(id, 4, 200)?.valid).toBe(false)
    expect(verdictOf(id, 4, 409)?.valid).toBe(false)
  })

  test.each(Object.keys(CONTRADICTIONS))('%s: is unknown where the freeze may have been ended late', (id) => {
    for (const status of [null, 504]) {
      expect(verdictOf(id, 4, status)).toMatchObject({
        valid: 'unknown',
        violations: 0,
        reason: expect.stringContaining(
          'the toggle to false (request t-16) was never acknowledged, and may have taken effect late',
        ),
      })
    }
  })

  test.each(Object.keys(CONTRADICTIONS))('%s: is false where the end was asked for again since, and done', (id) => {
    expect(verdictOf(id, 2, 504)?.valid).toBe(false)
  })

  test.each(Object.keys(CONTRADICTIONS))('%s: is false where another freeze may have begun late', (id) => {
    expect(verdictOf(id, 3, null)?.valid).toBe(false)
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

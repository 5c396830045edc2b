import { expect, test } from 'vitest'
import { coverage, describeCoverage, PHASES } from './phases.ts'

const ALL = PHASES.flatMap(({ parts }) => parts)

test('only every part of every phase is a full rehearsal', () => {
  expect(coverage(ALL)).toEqual({ scope: 'full', complete: 7, begun: [] })
  for (const missing of ALL) expect(coverage(ALL.filter((part) => part !== missing)).scope).toBe('partial')
})

test('a phase in parts counts once it is whole', () => {
  expect(coverage(['2-load', '3-faults/redis'])).toEqual({ scope: 'partial', complete: 1, begun: ['3-faults'] })
  expect(describeCoverage(coverage(['2-load', '3-faults/redis']))).toBe('1 of 7 phases and a part of 3-faults')
})

test('what is no phase counts for nothing, and nothing counts twice', () => {
  expect(coverage(['proof/lost', '2-load', '2-load'])).toEqual({ scope: 'partial', complete: 1, begun: [] })
  expect(coverage([])).toEqual({ scope: 'partial', complete: 0, begun: [] })
})

import { expect, test } from 'vitest'
import type { Evidence, InvariantRows } from '../helpers/checkers/evidence-rows.ts'
import { quietDay } from '../helpers/checkers/model-exam.ts'
import { tellIntegrity } from './tell-integrity.ts'

const holds = (id: string): InvariantRows => ({ id, title: `Promise of ${id}`, rows: { known: true, rows: [] } })
const INVARIANTS = ['active-past-expiry', 'closing-event-matches-status', 'orphaned-answers'].map(holds)

function tell(
  change: (evidence: ReturnType<ReturnType<typeof quietDay>['evidence']>) => void,
  more: Partial<Evidence> = {},
) {
  const evidence = quietDay().evidence()
  change(evidence)
  const said: string[] = []
  const code = tellIntegrity({ ...evidence, invariants: INVARIANTS, ...more }, (line) => void said.push(line))
  return { code, said: said.join('\n') }
}

test('a whole database holds', () => {
  const { code, said } = tell(() => undefined)
  expect(code).toBe(0)
  expect(said).toMatch(/^\[yes\] Promise of active-past-expiry[\s\S]*Over 2 sessions with 6 answers/)
  expect(said).not.toContain('[ ? ]')
})

test('sessions that never expire, as by a mapping with NULL, hold no promise about time', () => {
  const { code, said } = tell(({ sessions }) => {
    for (const row of sessions.rows) Object.assign(row, { expires_at: null })
  })
  expect(code).toBe(2)
  expect(said).toMatch(/\[ \? \] Promise of active-past-expiry .*expires_at is NULL in 2 of 2/)
  expect(said).toMatch(/\[ \? \] The sessions have what each must have: .*expires_at is NULL in 2 of 2/)
  expect(said).toContain('[yes] Promise of orphaned-answers')
  expect(said).toContain('Over 2 sessions')
  expect(said).not.toContain('--config')
})

test('events without a type hold no promise about events', () => {
  const { code, said } = tell(({ closingEvents }) => {
    for (const row of closingEvents.rows) Object.assign(row, { event_type: null })
  })
  expect(code).toBe(2)
  expect(said).toMatch(/\[ \? \] Promise of closing-event-matches-status .*event_type is NULL/)
  expect(said).toContain('[yes] Promise of active-past-expiry')
})

test('what is proven is false all the same, and keys of tables that are there are looked for', () => {
  const found = (id: string): InvariantRows => ({
    ...holds(id),
    rows: { known: true, rows: [{ session_id: 's-c-1' }] },
  })
  const { code, said } = tell(
    ({ sessions }) => {
      for (const row of sessions.rows) Object.assign(row, { expires_at: null })
    },
    { invariants: [found('submitted-after-expiry'), found('constraints-present')] },
  )
  expect(code).toBe(1)
  expect(said.match(/\[NO \]/g)).toHaveLength(2)
})

test('where nothing could be read, nothing was checked', () => {
  const unread = { known: false, reason: 'nobody answers' } as const
  const invariants = INVARIANTS.map((one) => ({ ...one, rows: unread }))
  expect(tell(() => undefined, { sessions: unread, invariants })).toEqual({
    code: 3,
    said: 'Nothing was checked: nobody answers',
  })
})

test('rows that were only counted are there', () => {
  const { code, said } = tell(() => undefined, {
    sessions: { known: true, rows: [], counted: 4 },
    answers: { known: true, rows: [], counted: 12 },
  })
  expect(said).toMatch(/Over 4 sessions with 12 answers\.$/)
  expect(code).toBe(0)
})

test('sessions without a single answer hold nothing of answers', () => {
  const { code, said } = tell(() => undefined, { answers: { known: true, rows: [] } })
  expect(said).toMatch(/Over 2 sessions with 0 answers\.\nNo answer is there: what holds of nothing says nothing\.$/)
  expect(code).toBe(2)
})

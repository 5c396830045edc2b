import { expect, test } from 'vitest'
import { composeVerdict } from './compose-verdict.ts'
import { PHASE_COMPLETED, phaseNotCompleted } from './phase-completed.ts'
import { checkOf, phaseOf } from './testing/phase-of.ts'
import { factsOf } from './testing/run-facts-of.ts'
import { withTrouble } from './with-trouble.ts'

const REFUSED = 'connect ECONNREFUSED 127.0.0.1:2375'
const LOST = `the stage was lost: the engine does not answer about postgres: ${REFUSED}`
const UNREAD = checkOf({ id: 'answers', valid: 'unknown', reason: `the answers could not be read: ${REFUSED}` })
const PROBLEMS = [{ kind: 'left-behind', message: REFUSED }]

test('a clean-up that fails after the engine was lost does not hide the loss', () => {
  const phase = withTrouble(phaseOf({ checks: [phaseNotCompleted(LOST), checkOf()] }), new Error(REFUSED))
  expect(phase.checks.map(({ id }) => id)).toEqual([PHASE_COMPLETED.id, 'no-lost-answer'])
  expect(phase.checks[0]?.reason).toBe(`${LOST}\n  and then: ${REFUSED}`)
})

test('a clean-up that fails after a phase that ran to its end is the reason, with its causes', () => {
  const checks = [{ ...PHASE_COMPLETED, valid: true }, checkOf()]
  const error = new Error('the stage did not come down', { cause: new Error(REFUSED) })
  expect(withTrouble(phaseOf({ checks }), error).checks[0]).toMatchObject({
    valid: 'unknown',
    reason: `the stage did not come down\n  because: ${REFUSED}`,
  })
})

test('a verdict names the lost engine before everything that failed because of it', () => {
  const phase = phaseOf({ checks: [UNREAD, phaseNotCompleted(LOST)] })
  const { verdict, reasons } = composeVerdict(factsOf({ results: { '2-load': phase }, problems: PROBLEMS }))
  expect(verdict).toBe('INCONCLUSIVE')
  expect(reasons[0]).toBe(`Phase 2-load did not run to its end: ${LOST}`)
})

test('a proven loss is named before the engine that was lost after it', () => {
  const broken = checkOf({ valid: false, violations: 3, reason: '3 answers are gone' })
  const phase = phaseOf({ checks: [UNREAD, phaseNotCompleted(LOST), broken] })
  const { verdict, reasons } = composeVerdict(factsOf({ results: { '2-load': phase }, problems: PROBLEMS }))
  expect(verdict).toBe('NO-GO')
  expect(reasons[0]).toContain('3 answers are gone')
  expect(reasons[1]).toContain(LOST)
})

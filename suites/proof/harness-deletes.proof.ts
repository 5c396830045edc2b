import { describe, expect, test } from 'vitest'
import { deleteOneAcknowledgedAnswer } from '../../fixtures/delete-one-answer.ts'
import { prove } from '../../fixtures/proof.ts'
import { checkOf, checksThatAreFalse } from './verdict-of.ts'

const SEED = 20_261

describe('with the healthy reference backend', () => {
  test('nothing is false: the suite does not cry wolf', async ({ signal }) => {
    const verdict = await prove({ title: 'a healthy day', seed: SEED, signal })
    expect(checksThatAreFalse(verdict)).toBe('')
    for (const id of ['no-lost-answer', 'exactly-once-submit', 'submit-includes-acknowledged', 'score', 'isolation']) {
      expect(checkOf(verdict, id), id).toMatchObject({ valid: true })
    }
    expect(verdict.verdict).not.toBe('NO-GO')
  })

  test('one acknowledged answer that disappears from the database is NO-GO, and the report names whose it was', async ({
    signal,
  }) => {
    let deleted: { readonly session: string; readonly question: string } | undefined
    const verdict = await prove({
      title: 'a healthy day, and one row deleted behind its back',
      seed: SEED,
      signal,
      tamper: async (databaseUrl) => {
        deleted = await deleteOneAcknowledgedAnswer(databaseUrl)
      },
    })
    expect(verdict.verdict).toBe('NO-GO')
    expect(verdict.ledger.lost).toBe(1)
    expect(verdict.candidates?.lostData).toBe(1)
    const lost = checkOf(verdict, 'no-lost-answer')
    expect(lost).toMatchObject({ valid: false, violations: 1 })
    expect(lost.examples[0]).toMatchObject({ session: deleted?.session, question: deleted?.question })
    expect(lost.examples[0]?.operations.join('\n')).toMatch(/save-answer.*ok/)
  })
})

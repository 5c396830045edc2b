import { describe, expect, test } from 'vitest'
import { deleteOneAcknowledgedAnswer } from '../../fixtures/delete-one-answer.ts'
import { examFor } from '../../fixtures/exam/exam.ts'
import { prove } from '../../fixtures/proof.ts'
import { type Secrets, secretsInFiles, secretsOf } from '../../fixtures/secrets-in-files.ts'
import { PROFILES } from '../../helpers/load/profiles.ts'
// biome-ignore lint/style/noRestrictedImports: a proof looks at all that a run leaves, its reports among it; nothing is told to them.
import { writeReport } from '../../reports/write-report.ts'
import { checkOf, checksThatAreFalse } from './verdict-of.ts'

const SEED = 20_261

const { candidates, questions } = PROFILES.proof
const DAY = examFor({ seed: SEED, candidates, questions, durationSeconds: 60, opensAt: new Date() })

describe('with the healthy reference backend', () => {
  test('nothing is false: the suite does not cry wolf', async ({ signal }) => {
    let secrets: Secrets | undefined
    let left: Awaited<ReturnType<typeof secretsInFiles>> | undefined
    const verdict = await prove({
      title: 'a healthy day',
      seed: SEED,
      signal,
      // Only looks: which tokens were given out the database alone knows.
      tamper: async (databaseUrl) => {
        secrets = await secretsOf([...DAY.candidates, DAY.admin], databaseUrl)
      },
      look: async (dir, told) => {
        await writeReport(dir, told)
        if (secrets !== undefined) left = await secretsInFiles(dir, secrets)
      },
    })
    expect(secrets?.refreshTokenHashes.length).toBeGreaterThanOrEqual(candidates)
    expect(left?.files).toBeGreaterThan(20)
    expect(left?.found, 'tokens and passwords in the files of the run, its reports among them').toEqual([])
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

import { describe, expect, test } from 'vitest'
import { defectBackend } from '../../fixtures/defect-backend.ts'
import { DEFECTS } from '../../fixtures/defects/catalogue.ts'
import { prove } from '../../fixtures/proof.ts'
import { checkOf, checksThatAreFalse } from './verdict-of.ts'

const SEED = 20_260

describe('a backend that is wrong on purpose is NO-GO, by the check that is named for it', () => {
  for (const defect of DEFECTS) {
    test(`${defect.id}: ${defect.title}`, async ({ signal }) => {
      const verdict = await prove({
        title: defect.title,
        seed: SEED,
        signal,
        backend: await defectBackend(defect),
        schema: defect.schema ?? [],
      })
      expect(checkOf(verdict, defect.caughtBy), checksThatAreFalse(verdict)).toMatchObject({ valid: false })
      expect(verdict.verdict).toBe('NO-GO')
    })
  }
})

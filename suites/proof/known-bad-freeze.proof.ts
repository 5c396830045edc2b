import { describe, expect, test } from 'vitest'
import { defectBackend } from '../../fixtures/defect-backend.ts'
import { FREEZE_DETECTIONS } from '../../fixtures/freeze-detections.ts'
import { prove } from '../../fixtures/proof.ts'
import { checkOf, checksThatAreFalse } from './verdict-of.ts'

const SEED = 20_262

/** One stands for all here, for time: the others are rehearsed by the detection matrix. */
const SHOWN: ReadonlySet<string> = new Set(['freeze-forgets-an-operation'])

describe('a freeze that is wrong on purpose is NO-GO, by the check that is named for it', () => {
  for (const { defect, day } of FREEZE_DETECTIONS.filter(({ defect: { id } }) => SHOWN.has(id))) {
    test(`${defect.id}: ${defect.title}`, async ({ signal }) => {
      const verdict = await prove({
        ...day,
        title: defect.title,
        seed: SEED,
        signal,
        backend: await defectBackend(defect),
        ...(defect.schema === undefined ? {} : { schema: defect.schema }),
      })
      expect(checkOf(verdict, defect.caughtBy), checksThatAreFalse(verdict)).toMatchObject({ valid: false })
      expect(verdict.verdict).toBe('NO-GO')
    })
  }
})

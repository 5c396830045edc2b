import { describe, expect, test } from 'vitest'
import { defectBackend } from '../../fixtures/defect-backend.ts'
import { defectById } from '../../fixtures/defects/catalogue.ts'
import { prove } from '../../fixtures/proof.ts'
import { dayWithFaults, faultsOneByOne } from '../../helpers/faults/day-with-faults.ts'
import { postgresCrashed } from '../../helpers/faults/postgres-crashed.ts'
import { RECOVERY_RULES } from '../../helpers/faults/recovery.ts'
import { redisRefused } from '../../helpers/faults/redis-refused.ts'
import type { Profile } from '../../helpers/load/profile.ts'
import { checkOf, checksThatAreFalse } from './verdict-of.ts'

const SEED = 20_261

/** Steady work goes on until it is certain that a platform has not recovered in time. */
const ROOM_FOR_NO_RECOVERY_MS = RECOVERY_RULES.proof.rtoMs + 2 * RECOVERY_RULES.proof.windowMs

describe('a backend that is well as long as everything is well is NO-GO under a fault', () => {
  for (const [id, fault, extraMs] of [
    ['needs-redis', redisRefused, 0],
    // Connections that are only cut may all be idle at that moment: then nobody lost one, and nobody gave up.
    ['gives-up-for-good', postgresCrashed, ROOM_FOR_NO_RECOVERY_MS],
    ['answers-unlogged', postgresCrashed, 0],
  ] as const) {
    const defect = defectById(id)
    test(`${id}, by ${fault.name}: ${defect.title}`, async ({ signal }) => {
      const faults = (profile: Profile) => faultsOneByOne(profile, [fault])
      const verdict = await prove({
        title: defect.title,
        seed: SEED,
        signal,
        backend: await defectBackend(defect),
        ...(defect.schema === undefined ? {} : { schema: defect.schema }),
        day: (profile) => {
          const day = dayWithFaults(profile, faults(profile))
          return { ...day, steadyMs: day.steadyMs + extraMs }
        },
        faults,
      })
      expect(checkOf(verdict, 'faults-felt')).toMatchObject({ valid: true })
      expect(checkOf(verdict, defect.caughtBy), checksThatAreFalse(verdict)).toMatchObject({ valid: false })
      expect(verdict.verdict).toBe('NO-GO')
    })
  }
})

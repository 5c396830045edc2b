import { describe } from 'vitest'
import { defectBackend } from '../../../../fixtures/defect-backend.ts'
import { defectById } from '../../../../fixtures/defects/catalogue.ts'
import { onStage } from '../../../../fixtures/rehearsal.ts'

/*
 * Phase 2 against a backend that is wrong on purpose, by the real entry: a NO-GO to look at. The picture in README.md is
 * the report of such a run:
 *
 *   node bin/testing/rehearse-on-engine.ts bin/testing/suites/known-bad /tmp/known-bad/runs run --profile smoke --seed 7
 */

const defect = defectById('late-retry-overwrites')

const load = onStage({
  id: '2-load',
  title: `Phase 2 against a backend with a planted mistake: ${defect.title}`,
  day: (profile) => profile,
  backend: await defectBackend(defect),
})

describe(load.title, () => {
  load.promise('last-acknowledged-wins', 'a newer saved answer is never overwritten by an older one')
  load.promiseTheRest('and nothing else was found')
})

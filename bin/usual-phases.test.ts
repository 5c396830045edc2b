import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { LOAD_SHAPES } from '../helpers/load/profile.ts'
import { findSuites, selectSuites } from './suite-files.ts'
import { usualPhases } from './usual-phases.ts'

const SUITES = fileURLToPath(new URL('../suites', import.meta.url))

test.each([...LOAD_SHAPES])(
  'the load shape %s is played as the load, whatever the configuration names',
  async (name) => {
    const usual = usualPhases(name, { phases: ['3-faults'] })
    const { suites, problems } = selectSuites(await findSuites(SUITES), usual)
    expect(problems).toEqual([])
    expect(suites.map(({ id }) => id)).toEqual(['2-load'])
  },
)

test('other profiles play what the configuration names, or everything', () => {
  expect(usualPhases('dev', { phases: ['3-faults'] })).toEqual(['3-faults'])
  expect(usualPhases('nightly', {})).toEqual([])
})

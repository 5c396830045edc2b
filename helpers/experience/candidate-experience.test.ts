import { expect, test } from 'vitest'
import type { ExamPlatform } from '../platform/exam-platform.ts'
import reference from '../platform/reference-platform.ts'
import { candidateExperience } from './candidate-experience.ts'

const SETTINGS = { accessTokenSeconds: 10, refreshGraceSeconds: 4, loginLimitPerEmail: 12 }

const concluded = async (platform: ExamPlatform) => {
  const scenario = { plan: { seed: 1, candidates: [] }, exam: { id: 'e', candidates: [] }, platform } as never
  const companion = candidateExperience({ scenario, settings: SETTINGS, restart: 'backend-restarted' })
  return await companion.conclude({ faults: [] } as never)
}

test('whether tokens are renewed is unknown when nobody tried, and not judged when nobody can', async () => {
  const { environment: _, ...unset } = reference
  const of = async (platform: typeof reference) => (await concluded(platform)).find(({ id }) => id === 'token-renewal')
  expect(await of(reference)).toMatchObject({ valid: 'unknown' })
  expect(await of(unset)).toMatchObject({
    valid: 'not-judged',
    gate: 'graceful-failure',
    reason: 'the platform takes no setting for the life of its tokens',
  })
})

test('what needs a session that is over in seconds is not judged where there is none', async () => {
  const judged = await concluded({ ...reference, fixedDuration: true })
  expect(judged.find(({ id }) => id === 'server-decides-time')).toMatchObject({
    valid: 'not-judged',
    reason: expect.stringContaining('the exam alone says how long it lasts'),
  })
  expect((await concluded(reference)).find(({ id }) => id === 'server-decides-time')).toMatchObject({
    valid: 'unknown',
  })
})

test('where the grace is longer than anybody waits, whether the server decides the time is not judged', async () => {
  const of = async (graceSeconds: number) =>
    (await concluded({ ...reference, graceSeconds })).find(({ id }) => id === 'server-decides-time')
  expect(await of(10)).toMatchObject({ valid: 'unknown' })
  expect(await of(10.5)).toMatchObject({ valid: 'not-judged', reason: expect.stringContaining('10.5 s') })
})

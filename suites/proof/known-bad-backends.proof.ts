import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { detect } from '../../fixtures/detect.ts'
import { detectionOf } from '../../fixtures/detections.ts'
import { startGuardian } from '../../fixtures/guardian.ts'
import { type SharedStage, startSharedStage } from '../../fixtures/stack.ts'

const SEED = 20_260

/** One of each kind of promise, for every push; `pnpm test:detection` rehearses all of them. */
const KINDS = [
  'answer-acknowledged-not-stored',
  'submit-check-then-act',
  'late-retry-overwrites',
  'score-from-stale-answers',
  'failure-not-logged',
] as const

describe('a backend that is wrong on purpose is NO-GO, by the check that is named for it', () => {
  const undo = new AsyncDisposableStack()
  let stage: SharedStage

  beforeAll(async () => {
    const runId = `known-bad-${process.pid}-${Date.now()}`
    undo.use(await startGuardian(runId, 'containers'))
    stage = undo.use(await startSharedStage({ runId, name: 'known-bad' }))
  })
  afterAll(() => undo.disposeAsync())

  for (const id of KINDS) {
    const detection = detectionOf(id)
    test(`${id}: ${detection.defect.title}`, async ({ signal }) => {
      const found = await detect(detection, { seed: SEED, signal, startStack: stage.stack })
      expect(found.caughtBy, found.said).toContain(detection.defect.caughtBy)
      expect(found.verdict).toBe('NO-GO')
    })
  }
})

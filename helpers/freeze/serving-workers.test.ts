import { expect, test } from 'vitest'
import { servingWorkers } from './serving-workers.ts'

const target = (processes: number) => ({ processes: async () => processes, workers: async () => 2 })

test('a single process is believed only where it is declared and one runs', async () => {
  expect(await servingWorkers({ singleProcess: true }, target(1))).toEqual({ count: 1, unnamed: 'the only process' })
  expect(await servingWorkers({ singleProcess: true }, target(3))).toEqual({ count: 2, unnamed: null })
  expect(await servingWorkers({}, target(1))).toEqual({ count: 2, unnamed: null })
})

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { monotonicClock, takeEpoch } from './clock.ts'

/** A thread whose clock is made as its first act, and that says what it shows whenever it is asked. */
const ASKED = `
  const { parentPort, workerData } = require('node:worker_threads')
  const made = import(workerData.module).then(({ monotonicClock }) => monotonicClock(workerData.epoch))
  parentPort.on('message', async () => parentPort.postMessage((await made).nowUs()))
`

test('threads that count from one epoch show one time: an answer lies between its question and its arrival', async () => {
  const epoch = takeEpoch()
  const module = new URL('./clock.ts', import.meta.url).href
  const clock = monotonicClock(epoch)
  const outside: number[] = []
  for (let thread = 1; thread <= 3; thread += 1) {
    const worker = new Worker(ASKED, { eval: true, workerData: { module, epoch } })
    for (let question = 1; question <= 20; question += 1) {
      const askedUs = clock.nowUs()
      worker.postMessage('what time is it')
      const [saidUs] = (await once(worker, 'message')) as [number]
      const heardUs = clock.nowUs()
      // The microseconds are those that the offset itself may be off.
      if (saidUs < askedUs - 20) outside.push(saidUs - askedUs)
      if (saidUs > heardUs + 20) outside.push(saidUs - heardUs)
    }
    await worker.terminate()
  }
  expect(outside).toEqual([])
})

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { referenceApi } from '../candidate/reference-api.ts'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { planExamDay } from './plan.ts'
import { openShare } from './play-share.ts'
import { memoryRecorder } from './testing/memory-recorder.ts'
import { BRISK, EXAM } from './testing/sit-day.ts'

/** A share of nobody, of a day whose arrivals began so long ago. */
async function windowsOfDayThatBegan(agoMs: number) {
  const clock = monotonicClock(takeEpoch())
  const plan = planExamDay(BRISK, 7, EXAM)
  await using share = openShare({
    plan,
    exam: EXAM,
    members: [],
    originUs: clock.nowUs() - (plan.timeline.arrivalsMs + agoMs) * 1_000,
    api: referenceApi,
    baseUrl: () => 'http://127.0.0.1:1',
    recorder: memoryRecorder(),
    clock,
    signal: new AbortController().signal,
  })
  // Windows that are over are ended by the alarm clock.
  await sleep(20)
  await share.play()
  return share.conclude().windows
}

test('the rest of a day is a window of its own, unless it is so short that nothing can be measured in it', async () => {
  expect(await windowsOfDayThatBegan(10_000)).toHaveLength(1)
  expect(await windowsOfDayThatBegan(20_000)).toHaveLength(2)
  // There is always one.
  expect(await windowsOfDayThatBegan(5)).toHaveLength(1)
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Progress } from '../helpers/progress.ts'
import { writeProgress } from '../helpers/progress-file.ts'
import { describeProgress, type Output, startLiveLine } from './live-line.ts'

const PROGRESS: Progress = {
  phase: '2-load',
  step: 'steady',
  candidates: { planned: 400, in: 398, answering: 390, submitted: 2 },
  operationsPerSecond: 130.7,
  p95Ms: 12.34,
  errors: 3,
  activeFaults: ['redis killed'],
  secondsLeft: 72,
}

function recorded(isTTY: boolean): Output & { readonly written: string[] } {
  const written: string[] = []
  return { isTTY, columns: 60, written, write: (text) => void written.push(text) }
}

async function emptyRunDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'live-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

afterEach(() => void vi.useRealTimers())

describe('silence never lasts 10 s', () => {
  test('without a terminal and without any news there is a line at least every 10 s', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const output = recorded(false)
    const live = startLiveLine(await emptyRunDir(), output)
    live.began('2-load')
    for (let second = 1; second <= 60; second++) {
      vi.advanceTimersByTime(1_000)
      // The file is really read, so let the reading come to its end before the next second.
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await live[Symbol.asyncDispose]()
    expect(output.written.length).toBeGreaterThanOrEqual(6)
    expect(output.written[0]).toMatch(/^\[\d+(\.\d)? s\] 2-load\n$/)
  })

  test('on a terminal the line is renewed every second, cut to its width, and gone in the end', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const dir = await emptyRunDir()
    const output = recorded(true)
    const live = startLiveLine(dir, output)
    live.began('2-load')
    await writeProgress(dir, PROGRESS)
    for (let second = 1; second <= 3; second++) {
      vi.advanceTimersByTime(1_000)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await live[Symbol.asyncDispose]()
    const lines = output.written.filter((text) => text.startsWith('['))
    expect(lines).toHaveLength(3)
    expect(lines.every((line) => line.length <= 59)).toBe(true)
    expect(output.written.at(-1)).toBe('\r\x1b[2K')
  })

  test('a progress file that cannot be read is said, and ends nothing', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const dir = await emptyRunDir()
    await mkdir(join(dir, 'progress'))
    await writeFile(join(dir, 'progress', '2-load.ndjson'), '{ half a file\n')
    const output = recorded(true)
    const live = startLiveLine(dir, output)
    live.began('2-load')
    vi.advanceTimersByTime(1_000)
    await live[Symbol.asyncDispose]()
    expect(output.written.join('')).toContain('(progress cannot be read')
  })
})

describe('one line says where the run stands', () => {
  test('phase, step, candidates, rate, p95, errors, fault, time left', () => {
    expect(describeProgress('2-load', 65_000, 30_000, { progress: PROGRESS, ageMs: 400 })).toBe(
      '[1 min 5 s] 2-load steady: 398 of 400 in, 390 answering, 2 submitted, 131/s, p95 12.3 ms, 3 errors, fault redis killed, 1 min 12 s left',
    )
  })

  test('what is not known is not shown as a number', () => {
    const early = { ...PROGRESS, p95Ms: null, secondsLeft: null, activeFaults: [] }
    expect(describeProgress('2-load', 5_000, 4_000, { progress: early, ageMs: 100 })).toMatch(
      /p95 n too small, 3 errors$/,
    )
  })

  test('news of the phase before is not shown as news of this one', () => {
    expect(describeProgress('4-integrity', 65_000, 2_000, { progress: PROGRESS, ageMs: 9_000 })).toBe(
      '[1 min 5 s] 4-integrity',
    )
  })

  test('old news is said to be old', () => {
    expect(describeProgress('2-load', 65_000, 30_000, { progress: PROGRESS, ageMs: 9_000 })).toBe(
      '[1 min 5 s] 2-load (no news for 9 s)',
    )
  })
})

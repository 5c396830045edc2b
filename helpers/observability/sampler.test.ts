import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { SOURCE_NAMES, type SourceName } from './sample.ts'
import { type Sources, startSampler } from './sampler.ts'

const PERIOD_MS = 10
const FAST = Object.fromEntries(SOURCE_NAMES.map((name) => [name, PERIOD_MS])) as Record<SourceName, number>

let dir: string
let disposed: string[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sampler-'))
  disposed = []
})
afterEach(() => rm(dir, { recursive: true }))

/** Every source says how often it was asked, unless `looks` has another answer for it. */
function sources(looks: Partial<Record<SourceName, () => Promise<unknown>>> = {}): Sources {
  return Object.fromEntries(
    SOURCE_NAMES.map((name) => {
      let asked = 0
      const look = looks[name] ?? (async () => ({ asked: ++asked }))
      return [name, { look, [Symbol.asyncDispose]: async () => void disposed.push(name) }]
    }),
  ) as unknown as Sources
}

const start = (of: Sources, path = dir) =>
  startSampler({ sources: of, clock: monotonicClock(takeEpoch()), dir: path, everyMs: FAST })

describe('the sampler', () => {
  test('looks at once, again and again, and once more at the end; the file says the same', async () => {
    const sampler = await start(sources())
    await sleep(5 * PERIOD_MS)
    const { samples, fromUs, toUs, unwritten } = await sampler.stop()
    expect(unwritten).toBeUndefined()
    expect(disposed.sort()).toEqual([...SOURCE_NAMES].sort())
    for (const name of SOURCE_NAMES) {
      const times = samples[name].map(({ timeUs }) => timeUs)
      expect(times.length).toBeGreaterThanOrEqual(2)
      expect(times).toEqual(times.toSorted((one, other) => one - other))
      expect(times[0]).toBeGreaterThanOrEqual(fromUs)
      expect(times.at(-1)).toBeLessThanOrEqual(toUs)
      const stored = (await readFile(join(dir, `${name}.ndjson`), 'utf8')).trim().split('\n')
      expect(stored.map((line) => JSON.parse(line))).toEqual(samples[name])
    }
  })

  test('a look that fails is a sample with its reason, and silences nobody', async () => {
    const refuse = async () => {
      throw new Error('connection refused')
    }
    const sampler = await start(sources({ redis: refuse }))
    await sleep(3 * PERIOD_MS)
    const { samples } = await sampler.stop()
    for (const sample of samples.redis) expect(sample).toMatchObject({ value: null, reason: 'connection refused' })
    for (const sample of samples.postgres) expect(sample.value).not.toBeNull()
  })

  test('looks at one source never overlap', async () => {
    let inFlight = 0
    let most = 0
    const slow = async () => {
      most = Math.max(most, ++inFlight)
      await sleep(3 * PERIOD_MS)
      inFlight -= 1
    }
    const sampler = await start(sources({ backend: slow }))
    await sleep(8 * PERIOD_MS)
    await sampler.stop()
    expect(most).toBe(1)
  })

  test('a file that cannot be written is told, and the samples are there all the same', async () => {
    await mkdir(join(dir, 'redis.ndjson'))
    const sampler = await start(sources())
    const { samples, unwritten } = await sampler.stop()
    expect(unwritten).toContain('redis.ndjson: EISDIR')
    expect(samples.redis.length).toBeGreaterThan(0)
    expect(samples.postgres.length).toBeGreaterThan(0)
  })

  test('stopping twice gives the same', async () => {
    const sampler = await start(sources())
    expect(await sampler.stop()).toBe(await sampler.stop())
  })
})

import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Progress } from './progress.ts'
import { readProgress, writeProgress } from './progress-file.ts'

const PROGRESS: Progress = {
  phase: '2-load',
  step: 'steady',
  candidates: { planned: 400, in: 398, answering: 390, submitted: 2 },
  operationsPerSecond: 130.7,
  p95Ms: null,
  errors: 3,
  activeFaults: [],
  secondsLeft: null,
}

async function emptyDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'progress-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

test('reads back what was written, with its time; before that there is nothing', async () => {
  const dir = await emptyDir()
  expect(await readProgress(dir, PROGRESS.phase)).toBeUndefined()
  const beforeMs = Date.now()
  await writeProgress(dir, PROGRESS)
  const read = await readProgress(dir, PROGRESS.phase)
  expect(read?.progress).toEqual(PROGRESS)
  expect(Math.abs((read?.writtenAtMs ?? Number.NaN) - beforeMs)).toBeLessThan(2_000)
})

test('a reader never sees half of it, however long it is', async () => {
  const dir = await emptyDir()
  await writeProgress(dir, PROGRESS)
  const long = { ...PROGRESS, activeFaults: Array.from({ length: 5_000 }, (_, index) => `fault ${index}`) }
  const writing = (async () => {
    for (let round = 0; round < 50; round++) await writeProgress(dir, round % 2 === 0 ? long : PROGRESS)
  })()
  for (let round = 0; round < 50; round++)
    expect([0, 5_000]).toContain((await readProgress(dir, PROGRESS.phase))?.progress.activeFaults.length)
  await writing
  await writeProgress(dir, long)
  expect((await readProgress(dir, PROGRESS.phase))?.progress).toEqual(long)
  expect(await readdir(join(dir, 'progress'))).toEqual([`${PROGRESS.phase}.ndjson`])
})

test('the file only grows: a new one in its place would free the blocks of the old one', async () => {
  const dir = await emptyDir()
  const path = join(dir, 'progress', `${PROGRESS.phase}.ndjson`)
  await writeProgress(dir, PROGRESS)
  const before = await stat(path)
  await writeProgress(dir, { ...PROGRESS, errors: 4 })
  const after = await stat(path)
  expect(after.ino).toBe(before.ino)
  expect(after.size).toBe(2 * before.size)
  expect((await readProgress(dir, PROGRESS.phase))?.progress.errors).toBe(4)
})

test('a line that is still being written is not read yet', async () => {
  const dir = await emptyDir()
  const path = join(dir, 'progress', `${PROGRESS.phase}.ndjson`)
  await mkdir(join(dir, 'progress'))
  await writeFile(path, '{ half')
  expect(await readProgress(dir, PROGRESS.phase)).toBeUndefined()
  await writeFile(path, `${JSON.stringify(PROGRESS)}\n{ half`)
  expect((await readProgress(dir, PROGRESS.phase))?.progress).toEqual(PROGRESS)
})

test('a file that is broken is an error, not an absence', async () => {
  const dir = await emptyDir()
  await mkdir(join(dir, 'progress'))
  await writeFile(join(dir, 'progress', `${PROGRESS.phase}.ndjson`), '{ half\n')
  await expect(readProgress(dir, PROGRESS.phase)).rejects.toThrow(SyntaxError)
})

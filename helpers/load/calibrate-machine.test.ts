import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { calibrateMachine, describeCalibration } from './calibrate-machine.ts'

test('a machine is measured at processor, disk and loopback, and nothing is left behind', async ({
  onTestFinished,
}) => {
  const dir = await mkdtemp(join(tmpdir(), 'calibration-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const measured = await calibrateMachine(dir)
  for (const ms of [measured.hashMs, measured.fsyncMs, measured.loopbackMs]) expect(ms).toBeGreaterThan(0)
  expect(await readdir(dir)).toEqual([])
  expect(describeCalibration(measured)).toMatch(/1 MiB of SHA-256 [\d.]+ ms, a page to the disk [\d.]+ ms/)
})

test('what could not be measured is said, and never zero', async ({ onTestFinished }) => {
  const dir = await mkdtemp(join(tmpdir(), 'calibration-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'file'), '')
  const measured = await calibrateMachine(join(dir, 'file'))
  expect(measured.fsyncMs).toBeNull()
  expect(describeCalibration(measured)).toContain('a page to the disk not measured')
})

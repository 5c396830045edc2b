import { describe, expect, test } from 'vitest'
import { openJobLedger } from './job-ledger.ts'
import type { JobRunRow } from './protected-state.ts'

const row = (id: number, status: string, job = 'nightly'): JobRunRow => ({
  id: String(id),
  job,
  status,
  reason: '',
  steps_done: 0,
  rows_written: 0,
})

/** A record that a test writes, oldest first. */
function record(...rows: JobRunRow[]) {
  return { rows, ledger: openJobLedger(async () => [...rows]), add: (one: JobRunRow) => rows.push(one) }
}

describe('a run on record belongs to the start that made it', () => {
  test('what was there before, and what other jobs do, is not its run', async () => {
    const { ledger, add } = record(row(1, 'DONE'))
    const mine = await ledger.claim('nightly')
    add(row(2, 'DONE', 'export'))
    expect(await mine.find()).toBeUndefined()
    add(row(3, 'RUNNING'))
    expect(await mine.find()).toMatchObject({ id: '3' })
  })

  test('a job that was stopped is not mistaken for a later start of it that was skipped', async () => {
    const { ledger, rows, add } = record()
    const slow = await ledger.claim('nightly')
    add(row(1, 'RUNNING'))
    expect(await slow.find()).toMatchObject({ id: '1', status: 'RUNNING' })
    const later = await ledger.claim('nightly')
    add(row(2, 'SKIPPED'))
    expect(await later.find()).toMatchObject({ id: '2', status: 'SKIPPED' })
    rows[0] = row(1, 'STOPPED')
    expect(await slow.find()).toMatchObject({ id: '1', status: 'STOPPED' })
  })

  test('a start that put nothing on record does not take the run of the next one', async () => {
    const { ledger, add } = record()
    const silent = await ledger.claim('nightly')
    silent.release()
    const next = await ledger.claim('nightly')
    add(row(1, 'DONE'))
    expect(await next.find()).toMatchObject({ id: '1' })
    expect(await silent.find()).toBeUndefined()
  })

  test('two starts on their way, or two runs of one start: nobody knows whose it is', async () => {
    const { ledger, add } = record()
    const one = await ledger.claim('nightly')
    const other = await ledger.claim('nightly')
    add(row(1, 'SKIPPED'))
    expect(await one.find()).toBe('unclear')
    expect(await other.find()).toBe('unclear')
    const twice = record()
    const alone = await twice.ledger.claim('nightly')
    twice.add(row(1, 'DONE'))
    twice.add(row(2, 'DONE'))
    expect(await alone.find()).toBe('unclear')
  })
})

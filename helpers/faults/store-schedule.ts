import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeSchedule, type FaultSchedule } from './schedule.ts'

/** Write what will be broken, and when, to `faults.json` in the folder of a phase, before it is. */
export async function storeSchedule(schedule: FaultSchedule, dir: string): Promise<void> {
  const steps = schedule.map(({ at, faults, holdMs, minOperations }) => ({
    at,
    faults: faults.map(({ name }) => name),
    holdMs,
    ...(minOperations === undefined ? {} : { minOperations }),
  }))
  await mkdir(dir, { recursive: true })
  await writeFile(
    join(dir, 'faults.json'),
    `${JSON.stringify({ schema: 1, words: describeSchedule(schedule), steps }, null, 2)}\n`,
  )
}

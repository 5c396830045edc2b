import { describe, expect, test } from 'vitest'
import { freezeSafety } from '../checkers/freeze-safety.ts'
import type { TableStates } from './protected-state.ts'
import { openTableLooks } from './table-looks.ts'
import { caseOf, soundDay, us } from './testing/model-freeze.ts'

/** Tables whose reads take a second: what they hold is what they held when the read began. */
function slowTables() {
  const now = { us: us(6.5), rows: 0, isReadable: true }
  return {
    now,
    clock: { nowUs: () => now.us },
    /** Called while a read is under way, after its snapshot. */
    during: (): void => undefined,
    async tables(): Promise<TableStates> {
      if (!now.isReadable) throw new Error('the connection is gone')
      const snapshot = new Map([['ranks', `${now.rows} rows`]])
      this.during()
      now.us += us(1)
      return snapshot
    },
  }
}

describe('a look at the protected tables', () => {
  test('begins when the read before began, and ends when its own has ended', async () => {
    const state = slowTables()
    const looks = await openTableLooks(state, state.clock)
    expect(looks.latestUs()).toBe(us(6.5))
    state.now.us = us(8)
    await expect(looks.again()).resolves.toEqual({ sinceUs: us(6.5), timeUs: us(9), changed: [] })
    expect(looks.latestUs()).toBe(us(8))
  })

  test('holds nothing against a freeze that was changed by rights while the tables were read', async () => {
    const state = slowTables()
    const looks = await openTableLooks(state, state.clock)
    const judge = async () => {
      const day = soundDay()
      day.records.push({ kind: 'look', ...(await looks.again()) })
      return freezeSafety.judge(caseOf(day))
    }
    // Frozen since 5.1, known by 7.1 at the latest: the read lasts from 7 until 8, the change comes after its snapshot.
    state.now.us = us(7)
    state.during = () => {
      state.now.rows += 1
    }
    await looks.again()
    state.during = () => undefined
    expect(await judge()).toMatchObject({ valid: true, violations: 0 })
    // Changed after that: nothing excuses it.
    state.now.rows += 1
    state.now.us = us(8.5)
    expect(await judge()).toMatchObject({ valid: false, violations: 1 })
  })

  test('does not know what changed where one of the two reads failed', async () => {
    const state = slowTables()
    const looks = await openTableLooks(state, state.clock)
    state.now.isReadable = false
    expect(await looks.again()).toMatchObject({ changed: null })
    state.now.isReadable = true
    expect(await looks.again()).toMatchObject({ changed: null })
    expect(await looks.again()).toMatchObject({ changed: [] })
  })
})

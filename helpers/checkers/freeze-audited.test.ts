import { describe, expect, test } from 'vitest'
import { caseOf, NOTHING_PROBED, soundDay } from '../freeze/testing/model-freeze.ts'
import { freezeAudited } from './freeze-audited.ts'

const judge = (change: (log: string) => string | null) => {
  const day = soundDay()
  return freezeAudited.judge(caseOf({ ...day, log: change(day.log as string) }))
}
const without = (part: string) => (log: string) =>
  log
    .split('\n')
    .filter((line) => !line.includes(part))
    .join('\n')

describe('toggles and refusals are in the log', () => {
  test('sane: each is there, with who and why', () => {
    expect(judge((log) => log)).toMatchObject({
      valid: true,
      gate: 'audit-logs',
      counts: { toggles: 6, refusals: 6 },
    })
  })

  test.each([
    ['toggles are not logged', without('"toggled"'), 6],
    ['refusals are not logged', without('"blocked"'), 6],
    ['one toggle is missing', without('"t-10"'), 1],
    ['nobody knows who', (log: string) => log.replaceAll('"admin"', 'null'), 12],
    ['the reason is another', (log: string) => log.replace('at 13', 'why not'), 1],
    ['what was refused is not said', (log: string) => log.replaceAll('"operation":"rank"', '"operation":""'), 3],
    ['a line is cut off', (log: string) => log.slice(0, -5), 1],
  ])('violated: %s', (_what, change, violations) => {
    expect(judge(change)).toMatchObject({ valid: false, violations })
  })

  test.each([
    ['the log could not be read', () => null],
    ['the log is empty', () => ' \n'],
  ])('unknown: %s', (_what, change) => {
    expect(judge(change)).toMatchObject({ valid: 'unknown', violations: 0 })
  })

  describe('a log whose beginning the engine has dropped', () => {
    const epoch = { monotonicNs: '0', wall: '2026-03-01T08:00:00.000Z' }
    /** What is left of the log of a sound day from a line at this second on, without what was toggled or refused then. */
    const judgeFrom = (second: number, gone: readonly string[]) => {
      const day = soundDay()
      const time = new Date(Date.parse(epoch.wall) + second * 1_000).toISOString()
      const log = gone.reduce((text, part) => without(part)(text), day.log as string)
      const first = JSON.stringify({ event: 'request', request_id: 'r-1', time })
      return freezeAudited.judge({ ...caseOf({ ...day, log: `no JSON\n${first}\n${log}` }), epoch })
    }

    test('unknown: what was asked for before its first line', () => {
      const verdict = judgeFrom(9, ['"t-0"', '"t-5"'])
      expect(verdict).toMatchObject({ valid: 'unknown', violations: 0 })
      expect(verdict.reason).toBe(
        'the log does not reach back to the toggle to false (request t-0): the engine has dropped its beginning',
      )
    })

    test('violated: what was asked for after it', () => {
      expect(judgeFrom(9, ['"t-0"', '"t-10"'])).toMatchObject({ valid: false, violations: 1 })
    })

    test('sane: everything is there', () => {
      expect(judgeFrom(9, [])).toMatchObject({ valid: true })
    })
  })

  test('unknown: nothing was probed', () => {
    expect(freezeAudited.judge(caseOf({ ...NOTHING_PROBED, log: '{"event":"started"}' })).valid).toBe('unknown')
  })
})

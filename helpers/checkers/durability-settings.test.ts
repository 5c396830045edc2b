import { describe, expect, test } from 'vitest'
import { durabilitySettings } from './durability-settings.ts'
import { judge, quietDay, unreadable } from './model-exam.ts'

describe('durability settings (P20)', () => {
  test('sane: all as in production', () => {
    expect(judge(durabilitySettings, quietDay())).toMatchObject({ valid: true, counts: { settings: 1, wrong: 0 } })
  })

  test('unknown, never true: fsync is off, nothing was read, or reading failed', () => {
    const off = { service: 'PostgreSQL', name: 'fsync', value: 'off', required: 'on', holds: false }
    const verdict = judge(durabilitySettings, quietDay(), { evidence: { settings: { known: true, rows: [off] } } })
    expect(verdict).toMatchObject({
      valid: 'unknown',
      reason: 'durability cannot be judged: PostgreSQL fsync is off, needed on',
      counts: { wrong: 1 },
    })
    expect(judge(durabilitySettings, quietDay(), { evidence: { settings: { known: true, rows: [] } } }).valid).toBe(
      'unknown',
    )
    expect(judge(durabilitySettings, quietDay(), { evidence: { settings: unreadable() } }).valid).toBe('unknown')
  })
})

import type { Checker } from './checker.ts'
import { unknownVerdict } from './violations.ts'

/**
 * P20: the settings that durability rests on are those of production. Never false: with fsync off nothing is proven to
 * be lost, but nothing is proven to be kept either.
 */
export const durabilitySettings: Checker = {
  id: 'durability-settings',
  title: 'The durability settings are those of production',
  gate: 'evidence-complete',
  check(_history, evidence) {
    const { settings } = evidence
    if (!settings.known) return unknownVerdict(this, `the settings could not be read: ${settings.reason}`)
    if (settings.rows.length === 0) return unknownVerdict(this, 'no setting was read')
    const wrong = settings.rows.filter((setting) => !setting.holds)
    const counts = { settings: settings.rows.length, wrong: wrong.length }
    if (wrong.length > 0) {
      const list = wrong.map(
        ({ service, name, value, required }) => `${service} ${name} is ${value}, needed ${required}`,
      )
      return { ...unknownVerdict(this, `durability cannot be judged: ${list.join('; ')}`), counts }
    }
    const { id, title, gate } = this
    return { id, title, gate, valid: true, counts, violations: 0, examples: [] }
  },
}

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { GATE_TITLES } from '../helpers/verdict.ts'
import { commandsIn, wrongWith } from './testing/named-commands.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const RUNBOOK = join(ROOT, 'docs', 'EXAM_DAY_RUNBOOK.md')

/** Everything that a runbook names and that must be there when somebody needs it. */
function named(runbook: string): { readonly sql: string[]; readonly commands: string[]; readonly gates: string[] } {
  const all = (pattern: RegExp) => [...new Set([...runbook.matchAll(pattern)].map(([, name = '']) => name))]
  return {
    sql: all(/(sql\/[\w/-]+\.sql)/g),
    commands: [...commandsIn(runbook)],
    gates: [...all(/gates? `([\w-]+)`/g), ...all(/and `([a-z-]+)`\)/g), ...all(/^\|[^|]*\|[^|]*\| `([a-z-]+)` *\|$/gm)],
  }
}

/** What of it does not exist. */
function missing(runbook: string): string[] {
  const { sql, commands, gates } = named(runbook)
  return [
    ...sql.filter((path) => !existsSync(join(ROOT, path))),
    ...commands.flatMap(wrongWith),
    ...gates.filter((gate) => !Object.hasOwn(GATE_TITLES, gate)),
  ]
}

describe('the exam-day runbook', () => {
  test('names only SQL files, commands and gates that exist, and every kind of them', async () => {
    const runbook = await readFile(RUNBOOK, 'utf8')
    expect(missing(runbook)).toEqual([])
    const { sql, commands, gates } = named(runbook)
    expect(sql).toContain('sql/runbook/blockers.sql')
    expect(commands).toContainEqual(expect.stringMatching(/^pnpm rehearse gate /))
    // Load and evidence are the rehearsal's own gates; every gate of the platform has its threshold here.
    const own = ['load-offered', 'evidence-complete']
    expect([...new Set(gates)].filter((gate) => !own.includes(gate)).sort()).toEqual(
      Object.keys(GATE_TITLES)
        .filter((gate) => !own.includes(gate))
        .sort(),
    )
  })

  test('one that names what does not exist is noticed', () => {
    const wrong = 'psql -f sql/metrics/nothing.sql; `pnpm rehearsal` (gate `data-loss`)\n| a | b | `no-gate` |\n'
    const script = 'package.json has no script rehearsal'
    expect(missing(wrong)).toEqual(['sql/metrics/nothing.sql', script, 'data-loss', 'no-gate'])
  })

  test('its links and headings lead somewhere', async () => {
    const runbook = await readFile(RUNBOOK, 'utf8')
    for (const [, target = ''] of runbook.matchAll(/\]\(([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#')
      if (path !== '') expect(existsSync(join(ROOT, 'docs', path)), target).toBe(true)
      const headings = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
      if (anchor !== undefined) expect(headings).toContain(anchor)
    }
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RULES = 22

/** The rows of the table in docs/load.md: number, and each test as `file: title`. */
function rows(): readonly { readonly rule: string; readonly tests: readonly string[] }[] {
  return readFileSync(`${ROOT}docs/load.md`, 'utf8')
    .split('\n')
    .filter((line) => /^\| P\d+ /.test(line))
    .map((line) => {
      const [, rule = '', , shown = ''] = line.split(' | ').join('|').split('|')
      return {
        rule: rule.trim(),
        tests: [...shown.matchAll(/`([^`]+)`: “([^”]+)”/g)].map(([, file, title]) => `${file}: ${title}`),
      }
    })
}

test('every measuring rule has a row', () => {
  expect(rows().map(({ rule }) => rule)).toEqual(Array.from({ length: RULES }, (_, index) => `P${index + 1}`))
})

test.each(rows())('$rule is shown by tests that exist', ({ tests }) => {
  expect(tests.length).toBeGreaterThan(0)
  for (const shown of tests) {
    const [, file = '', title = ''] = /^(\S+): (.+)$/.exec(shown) ?? []
    expect(existsSync(`${ROOT}${file}`), file).toBe(true)
    expect(readFileSync(`${ROOT}${file}`, 'utf8'), `${file} has no test “${title}”`).toContain(title)
  }
})

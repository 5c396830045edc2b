import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { FAULTS } from './catalogue.ts'
import { describeCatalogue, withCatalogue } from './describe-catalogue.ts'

test('docs/faults.md has every fault as it is; else run `node helpers/faults/testing/write-docs.ts`', async () => {
  const page = await readFile(new URL('../../docs/faults.md', import.meta.url), 'utf8')
  expect(withCatalogue(page, FAULTS)).toBe(page)
})

test('a page with an older catalogue is another one', () => {
  const page = 'a\n<!-- catalogue: begin -->\n\n### Redis\n\n<!-- catalogue: end -->\nb\n'
  expect(withCatalogue(page, FAULTS)).not.toBe(page)
  expect(withCatalogue(page, FAULTS)).toContain('- `redis-refused`: Redis is stopped.')
  expect(() => withCatalogue('nothing', FAULTS)).toThrow(/has no/)
})

test('no fault is left out of its part', () => {
  expect(describeCatalogue(FAULTS).match(/^- `/gm)).toHaveLength(FAULTS.length)
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configurationPage, PAGE } from './write-configuration-page.ts'

test('docs/configuration.md is what the schema and its comments say (else: node bin/write-configuration-page.ts)', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(configurationPage())
})

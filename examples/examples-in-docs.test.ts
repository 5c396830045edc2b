import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

/* What a page shows is the file that is tried (fixtures/own-parts.contract.test.ts), to the letter. */
test.each([
  ['faults.md', 'own-fault/backend-worker-stuck.ts'],
  ['schema-mapping.md', 'own-invariants/answers-in-time.sql'],
])('docs/%s shows examples/%s', async (page, file) => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')
  expect(await read(`../docs/${page}`)).toContain(`\n${await read(`./${file}`)}\`\`\`\n`)
})

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { integrityCommand } from './integrity-command.ts'

const OTHER = fileURLToPath(new URL('../examples/other-platform/rehearsal.config.ts', import.meta.url))
const NOWHERE = ['--database-url', 'postgres://x:opens-every-door@127.0.0.1:1/x']

async function run(...argv: string[]) {
  const said: string[] = []
  const code = await integrityCommand([...NOWHERE, ...argv], {}, (line) => void said.push(line))
  return { code, said: said.join('\n') }
}

test('tables of a platform are read by its mapping, which must fit before anything is asked', async () => {
  const { code, said } = await run('--config', OTHER)
  expect(code).toBe(3)
  expect(said).toMatch(/^MAPPING_INVALID[\s\S]*ECONNREFUSED/)
  expect(said).not.toContain('opens-every-door')
})

test('a configuration that is not there is told, and nothing is asked', async () => {
  const { code, said } = await run('--config', '/nowhere/rehearsal.config.ts')
  expect(code).toBe(3)
  expect(said).toMatch(/^CONFIG_INVALID[\s\S]*nowhere/)
  expect(said).not.toContain('ECONNREFUSED')
})

test('without a mapping nobody can be asked where nobody answers', async () => {
  expect(await run()).toMatchObject({ code: 3, said: expect.stringMatching(/^Nothing was checked/) })
})

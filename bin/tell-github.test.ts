import { expect, test } from 'vitest'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { factsOf } from '../helpers/testing/run-facts-of.ts'
import { summaryOf, tellGithub } from './tell-github.ts'

const NO_GO = composeVerdict(
  factsOf({ results: { '2-load': phaseOf({ checks: [checkOf({ valid: false, violations: 1 })] }) } }),
)

async function toldWith(env: Record<string, string>): Promise<string> {
  let told = ''
  await tellGithub(NO_GO, env, {
    isTTY: false,
    columns: 80,
    write(text) {
      told += text
    },
  })
  return told
}

test('annotations only inside of GitHub Actions, and a summary that cannot be written is said', async () => {
  expect(await toldWith({})).toBe('')
  expect(await toldWith({ GITHUB_ACTIONS: 'true' })).toMatch(/^::error /)
  expect(await toldWith({ GITHUB_STEP_SUMMARY: '/nowhere/at/all' })).toMatch(/could not be written: ENOENT/)
})

test('a summary that GitHub would refuse is cut at a line, and says so', () => {
  expect(summaryOf('short\n')).toBe('short\n')
  const cut = summaryOf('ä line\n'.repeat(300_000))
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_000_000)
  expect(cut).toMatch(/ä line\n\n… cut here/)
})

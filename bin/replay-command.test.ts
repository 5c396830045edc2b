import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { storeRunRecord } from '../helpers/run-record.ts'
import { factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import { replay } from './replay-command.ts'

const RUN = '20260302T080000000Z-dev-4711'

/** What is said before anything is put on stage. */
async function refusal(args: readonly string[], runsDir = '/no/such/folder'): Promise<string> {
  const told: string[] = []
  const output = { isTTY: false, columns: 80, write: (text: string) => void told.push(text) }
  expect(await replay(args, runsDir, output)).toBe(3)
  return told.join('')
}

/** @param recorded what is in `record.json` of its phase */
async function storedRun(recorded: string): Promise<{ readonly runsDir: string; readonly dir: string }> {
  const runsDir = await mkdtemp(join(tmpdir(), 'replay-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  const dir = join(runsDir, RUN)
  await mkdir(join(dir, '2-load'), { recursive: true })
  await writeFile(join(dir, '2-load', 'record.json'), recorded)
  await storeRunRecord(factsOf({ run: runOf({ dir }) }))
  return { runsDir, dir }
}

test.each(['', '{"schema":1,"run":', '{"schema":1,"run":{},"facts":{},"delivered":5,"observed":[]}'])(
  'a damaged run.json is unreadable evidence: %s',
  async (text) => {
    const { runsDir, dir } = await storedRun('{}')
    await writeFile(join(dir, 'run.json'), text)
    expect(await refusal([RUN, '--candidate', 'c-1'], runsDir)).toMatch(/^EVIDENCE_UNREADABLE/)
  },
)

test('so is a record of a phase that is of another shape', async () => {
  const { runsDir } = await storedRun('{"schema":1,"facts":{},"plan":{},"digests":{},"sampled":{}}')
  expect(await refusal([RUN, '--candidate', 'c-1'], runsDir)).toMatch(/^EVIDENCE_UNREADABLE/)
})

test.each([[['nope', '--candidate=c-1']], [['--candidate', 'c-1', 'nope', '--phase=2-load']]])(
  'a value may follow = or a space, before the run or behind it: %j',
  async (args) => {
    expect(await refusal(args)).toMatch(/^RUN_UNKNOWN/)
  },
)

test.each([
  [[], 'no run; no --candidate'],
  [['nope'], 'one run; no --candidate'],
  [['one', 'two', '--candidate', 'c-1'], '2 runs: one, two'],
  [['nope', '--candidate'], '--candidate without a value'],
  [['nope', '--candidate', 'c-1', '--seed', '7'], '--seed'],
])('%j is refused with what was seen', async (args, seen) => {
  const said = await refusal(args)
  expect(said).toMatch(/^CONFIG_INVALID[\s\S]*expected:[\s\S]*next:[\s\S]*usage: /)
  expect(said).toContain(seen)
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readCandidateList } from './candidate-list.ts'

async function listOf(text: string) {
  const dir = await mkdtemp(join(tmpdir(), 'candidates-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, 'candidates.json')
  await writeFile(file, text)
  return readCandidateList(file)
}

const told = async (text: string): Promise<string> => {
  const error = await listOf(text).then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof AggregateError)) throw new Error('nothing was wrong with it')
  return error.errors.map((one: Error) => one.message).join('\n')
}

const EXAM = { id: 'e-1', questions: 12, durationSeconds: 600 }

describe('a list of candidates', () => {
  test('is an exam and who may sit it', async () => {
    const candidates = [{ email: 'r-01@example.org', password: 'hunter2' }]
    expect(await listOf(JSON.stringify({ exam: EXAM, candidates }))).toEqual({
      exam: { id: 'e-1', paper: { year: 2026, blocks: [], count: 12, durationSeconds: 600 } },
      candidates: [{ id: 'r-01', email: 'r-01@example.org', password: 'hunter2' }],
    })
  })

  test('tells all that is wrong with it at once, and no password', async () => {
    const said = await told(
      JSON.stringify({
        exam: { ...EXAM, questions: 0 },
        candidates: [
          { email: 'a b@x', password: 'hunter2' },
          { email: 'c@x', password: 'hunter2' },
          { email: 'c@y', password: 'hunter2' },
        ],
      }),
    )
    for (const words of ['exam.questions', 'candidates.0.email', 'candidates.2.email', 'c is there twice']) {
      expect(said).toContain(words)
    }
    expect(said).not.toContain('hunter2')
  })

  test('that is no JSON is not quoted', async () => {
    const said = await told('{ "candidates": [ "hunter2" ')
    expect(said).toContain('no JSON')
    expect(said).not.toContain('hunter2')
  })
})

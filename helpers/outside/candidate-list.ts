import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Credentials, SessionRequest } from '../candidate/exam-api.ts'
import { candidateOfEmail } from '../checkers/answer-ledger.ts'
import { RehearsalError } from '../errors.ts'

/** It stands in file names, request ids and reports. */
const LOCAL_PART = /^[A-Za-z0-9_+.-]{1,64}$/
const DEFAULT_YEAR = 2026

const listSchema = z.strictObject({
  exam: z.strictObject({
    id: z.string().min(1),
    /** Length of the paper. */
    questions: z.int().min(1),
    /** How long a session lasts there. */
    durationSeconds: z.int().min(1),
    year: z.int().default(DEFAULT_YEAR),
    blocks: z.array(z.string().min(1)).default([]),
  }),
  candidates: z
    .array(z.strictObject({ email: z.string().min(1), password: z.string().min(1) }))
    .min(1)
    .superRefine((people, context) => {
      const seen = new Set<string>()
      for (const [index, { email }] of people.entries()) {
        const id = candidateOfEmail(email)
        const invalid = (message: string) => context.addIssue({ code: 'custom', path: [index, 'email'], message })
        if (!LOCAL_PART.test(id)) invalid('before the @ only letters, digits and _+.-, at most 64')
        else if (seen.has(id)) invalid(`before the @ something of its own: ${id} is there twice`)
        seen.add(id)
      }
    }),
})

/** An exam that is registered already, with who may sit it. */
export interface CandidateList {
  readonly exam: { readonly id: string; readonly paper: SessionRequest['paper'] }
  /** `id` is the part of the e-mail before the @, by which rows are traced back. */
  readonly candidates: readonly ({ readonly id: string } & Credentials)[]
}

/**
 * Read the list of `external.candidates`. Passwords are in no message.
 *
 * @throws AggregateError of every problem at once, CONFIG_INVALID each
 */
export async function readCandidateList(file: string): Promise<CandidateList> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    // What JSON.parse says would quote the file, passwords included.
    const seen = cause instanceof SyntaxError ? 'no JSON' : cause instanceof Error ? cause.message : String(cause)
    throw new AggregateError([problem(file, 'a JSON file that can be read', seen)])
  }
  const parsed = listSchema.safeParse(value)
  if (!parsed.success) {
    throw new AggregateError(
      parsed.error.issues.map(({ path, message }) => problem(file, `${path.join('.')}: ${message}`, 'something else')),
    )
  }
  const { exam, candidates } = parsed.data
  const { id, year, blocks, questions: count, durationSeconds } = exam
  return {
    exam: { id, paper: { year, blocks, count, durationSeconds } },
    candidates: candidates.map((person) => ({ id: candidateOfEmail(person.email), ...person })),
  }
}

function problem(file: string, expected: string, seen: string): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', { expected, seen, next: `Correct ${file} (external.candidates).` })
}

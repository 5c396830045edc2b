import { redactText } from '../helpers/redact.ts'
import type { Validity } from '../helpers/verdict.ts'
import { visibleLines } from '../reports/hostile-text.ts'

/** Where a tool speaks; standard output as a rule. */
export type Say = (line: string) => void

/** Lines to standard output. What a database or a backend says is data: passwords go, control characters are shown. */
export const sayToStandardOutput: Say = (line) => void process.stdout.write(`${visibleLines(redactText(line))}\n`)

const MARKS = { true: 'yes', false: 'NO ', unknown: ' ? ' } as const

/** One promise with its answer: `[NO ] every answer belongs to a session: 3 rows`. */
export function answerLine(valid: Validity, promise: string, detail?: string): string {
  return `[${MARKS[String(valid) as keyof typeof MARKS]}] ${promise}${detail === undefined ? '' : `: ${detail}`}`
}

/** 0 all hold, 1 one is false, 2 one is unknown or there is none. */
export function exitCodeOfAnswers(answers: readonly Validity[]): 0 | 1 | 2 {
  if (answers.includes(false)) return 1
  return answers.length === 0 || answers.includes('unknown') ? 2 : 0
}

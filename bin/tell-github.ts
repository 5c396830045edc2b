import { appendFile } from 'node:fs/promises'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { renderAnnotations } from '../reports/render-annotations.ts'
import { renderMarkdown } from '../reports/render-markdown.ts'
import type { Output } from './live-line.ts'

/** GitHub refuses the whole summary of a step above 1 MiB. */
const SUMMARY_BYTES = 1_000_000
const CUT = '\n\n… cut here; the whole report is in the artifacts of this job.\n'

/**
 * Inside of GitHub Actions: the report as the job summary, and annotations. Elsewhere nothing. That GitHub could not be
 * told does not change a verdict; it is said.
 */
export async function tellGithub(
  verdict: RunVerdict,
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<void> {
  if (env.GITHUB_ACTIONS === 'true') output.write(renderAnnotations(verdict))
  if (!env.GITHUB_STEP_SUMMARY) return
  try {
    await appendFile(env.GITHUB_STEP_SUMMARY, summaryOf(renderMarkdown(verdict)))
  } catch (error) {
    output.write(`The job summary could not be written: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}

/** As much of the report as GitHub takes, cut at the end of a line. */
export function summaryOf(markdown: string): string {
  const bytes = Buffer.from(markdown)
  if (bytes.length <= SUMMARY_BYTES) return markdown
  const room = bytes.subarray(0, SUMMARY_BYTES - Buffer.byteLength(CUT))
  return `${room.subarray(0, room.lastIndexOf('\n')).toString()}${CUT}`
}

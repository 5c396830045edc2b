import { join } from 'node:path'
import { writeFileAtomically } from '../helpers/atomic-file.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { type PhaseEvidence, readPhaseEvidence } from './html/read-phase-evidence.ts'
import { renderFindings } from './render-findings.ts'
import { renderHtml } from './render-html.ts'
import { renderJunit } from './render-junit.ts'
import { renderMarkdown } from './render-markdown.ts'
import { FINDINGS_FILE } from './report-sections.ts'

/** `verdict.json` as it is on disk. */
export function renderJson(verdict: RunVerdict): string {
  return `${JSON.stringify(verdict, null, 2)}\n`
}

/**
 * Write every rendering of `verdict` into the existing folder `runDir`, each file atomically, `verdict.json` last: who
 * sees a final verdict finds the report beside it. Throws what the file system throws; `verdict.json` then still says
 * what it said before.
 */
export async function writeReport(runDir: string, verdict: RunVerdict): Promise<void> {
  await Promise.all([
    writeFileAtomically(join(runDir, 'report.md'), renderMarkdown(verdict)),
    writeFileAtomically(join(runDir, 'report.html'), renderHtml(verdict, await readEvidence(runDir, verdict))),
    writeFileAtomically(join(runDir, 'junit.xml'), renderJunit(verdict)),
    writeFileAtomically(join(runDir, FINDINGS_FILE), renderFindings(verdict)),
  ])
  await writeFileAtomically(join(runDir, 'verdict.json'), renderJson(verdict))
}

/**
 * While a run goes on nothing is read: parsing histories would take processor time from the load that is being
 * measured. Then the page has every figure and no chart.
 */
async function readEvidence(runDir: string, verdict: RunVerdict): Promise<ReadonlyMap<string, PhaseEvidence>> {
  const evidence = new Map<string, PhaseEvidence>()
  if (verdict.finishedAt === null) return evidence
  for (const phase of verdict.phases) evidence.set(phase.id, await readPhaseEvidence(join(runDir, phase.id)))
  return evidence
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from './atomic-file.ts'
import type { Progress } from './progress.ts'

const FILE = 'progress.json'

/**
 * Publish where the run stands. The worker calls this about once a second; the entry reads it for the live line.
 * A file, because Vitest carries test results but no stream of progress from a worker to its reporter.
 */
export async function writeProgress(runDir: string, progress: Progress): Promise<void> {
  await writeFileAtomically(join(runDir, FILE), JSON.stringify(progress))
}

/** What was last published, or undefined when nothing was yet. A file that cannot be read or parsed is thrown. */
export async function readProgress(runDir: string): Promise<Progress | undefined> {
  try {
    return JSON.parse(await readFile(join(runDir, FILE), 'utf8')) as Progress
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from './atomic-file.ts'
import type { Progress } from './progress.ts'

const DIR = 'progress'

/**
 * Publish where the run stands. The worker calls this about once a second; the entry reads it for the live line.
 * A file, because Vitest carries test results but no stream of progress from a worker to its reporter.
 */
export async function writeProgress(runDir: string, progress: Progress): Promise<void> {
  await mkdir(join(runDir, DIR), { recursive: true })
  await writeFileAtomically(fileOf(runDir, progress.phase), JSON.stringify(progress))
}

/**
 * What this phase last published and when (ms since 1970, by the file system's clock), or undefined when nothing was yet.
 * A file that cannot be read or parsed is thrown.
 */
export async function readProgress(
  runDir: string,
  phase: string,
): Promise<{ readonly progress: Progress; readonly writtenAtMs: number } | undefined> {
  try {
    // One handle for both: by path, a new file could come between its time and its text.
    await using file = await open(fileOf(runDir, phase))
    const { mtimeMs } = await file.stat()
    return { progress: JSON.parse(await file.readFile('utf8')) as Progress, writtenAtMs: mtimeMs }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** One file a phase, because phases may play side by side; a phase's id may be a path. */
function fileOf(runDir: string, phase: string): string {
  return join(runDir, DIR, `${phase.replaceAll('/', '_')}.json`)
}

import { appendFile, type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from './progress.ts'

const DIR = 'progress'
/** Several lines, as nearly all are. */
const LOOK_BYTES = 8_192

/**
 * Publish where the run stands. The worker calls this about once a second; the entry reads it for the live line.
 * A file, because Vitest carries test results but no stream of progress from a worker to its reporter.
 *
 * A line more each time, and never a new file in place of the old one: that frees a block each second, and a disk that is told
 * of each (mounted with `discard`) let everybody's commits wait for it, mostly for a millisecond and sometimes for 0.8 s.
 */
export async function writeProgress(runDir: string, progress: Progress): Promise<void> {
  await mkdir(join(runDir, DIR), { recursive: true })
  await appendFile(fileOf(runDir, progress.phase), `${JSON.stringify(progress)}\n`)
}

/**
 * What this phase last published and when (ms since 1970, by the file system's clock), or undefined when nothing was yet.
 * A file that cannot be read, or whose last whole line cannot be parsed, is thrown.
 */
export async function readProgress(
  runDir: string,
  phase: string,
): Promise<{ readonly progress: Progress; readonly writtenAtMs: number } | undefined> {
  try {
    await using file = await open(fileOf(runDir, phase))
    const { mtimeMs, size } = await file.stat()
    const line = await lastLine(file, size)
    return line === undefined ? undefined : { progress: JSON.parse(line) as Progress, writtenAtMs: mtimeMs }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The last whole line of the first `size` bytes; what comes after it is still being written. */
async function lastLine(file: FileHandle, size: number): Promise<string | undefined> {
  for (let bytes = LOOK_BYTES; ; bytes *= 4) {
    const from = Math.max(0, size - bytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    const end = buffer.lastIndexOf('\n', bytesRead)
    const before = end > 0 ? buffer.lastIndexOf('\n', end - 1) : -1
    if (end >= 0 && (before >= 0 || from === 0)) return buffer.toString('utf8', before + 1, end)
    if (from === 0) return undefined
  }
}

/** One file a phase, because phases may play side by side; a phase's id may be a path. */
function fileOf(runDir: string, phase: string): string {
  return join(runDir, DIR, `${phase.replaceAll('/', '_')}.ndjson`)
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../stage.ts'
import { type CapturedLog, readRequestLog } from './request-log.ts'

/**
 * Fetch everything that the backend has printed, keep it as `<dir>/backend.ndjson`, and read it. Never throws: a log
 * that cannot be had is unknown with the reason.
 *
 * In memory it costs about four times its size while it is fetched: 20 MB for the 60 000 requests of a nightly phase.
 */
export async function captureLog(stage: Pick<Stage, 'backendLog'>, dir: string): Promise<CapturedLog> {
  try {
    const text = await stage.backendLog()
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'backend.ndjson'), text)
    return { known: true, log: readRequestLog(text) }
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error)
    return { known: false, reason: `the log of the backend could not be captured: ${seen}` }
  }
}

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials, ExamApi } from '../candidate/exam-api.ts'
import type { Companion } from '../companion.ts'
import { judgeFreeze } from './judge-freeze.ts'
import type { FreezeContract } from './operations.ts'
import { type FreezeTarget, playProber } from './prober.ts'
import { openProtectedState } from './protected-state.ts'
import { type FreezeRecord, type FreezeRecords, parseFreezeRecords } from './record.ts'

const RECORD_FILE = 'freeze.ndjson'
const READ_LOG_MS = 20_000
/** As long as the whole companion is waited for when the load is over: a job of another backend may take its minute. */
const JOB_ENDS_WITHIN_MS = 120_000

export interface FreezeOptions {
  readonly contract: FreezeContract
  readonly target: FreezeTarget
  readonly api: ExamApi
  readonly admin: Credentials
  readonly examId: string
  /** Names of the faults that the phase plays. */
  readonly faults: readonly string[]
  /** So long each of the short windows lasts in which frozen and not frozen answers are compared. */
  readonly compareMs: number
  /** Folder `sql/`. */
  readonly sqlDir: string
}

/**
 * The administrator beside the candidates, who finds out whether the exam-day freeze holds. Everything that is tried is
 * written to `freeze.ndjson` in the phase's folder, and the verdicts are folded from that file.
 */
export function freezeCompanion({ sqlDir, ...options }: FreezeOptions): Companion {
  return {
    async play({ stage, dir, ...context }) {
      await using state = await openProtectedState(stage.databaseUrl(), sqlDir)
      await using file = openRecord(join(dir, RECORD_FILE))
      await playProber({ ...options, jobEndsWithinMs: JOB_ENDS_WITHIN_MS, state, write: file.write, context })
    },
    async conclude({ stage, dir, history, expectations: { epoch }, faults, signal }) {
      const written = await readRecords(join(dir, RECORD_FILE))
      const recoveries = faults.flatMap(({ kind, injectedUs, recovery }): FreezeRecord[] =>
        injectedUs === null
          ? []
          : [{ kind: 'recovery', name: kind.name, timeUs: recovery?.kind === 'recovered' ? recovery.atUs : null }],
      )
      return judgeFreeze({
        contract: options.contract,
        records: { ...written, records: [...written.records, ...recoveries] },
        history,
        log: await readLog(() => stage.backendLog(), signal),
        ...(epoch === undefined ? {} : { epoch }),
      })
    },
  }
}

/** Nothing written is nothing probed: unknown, and not an error. */
async function readRecords(path: string): Promise<FreezeRecords> {
  try {
    return parseFreezeRecords(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { complete: false, records: [] }
    throw error
  }
}

/** null: whoever keeps the log did not give it. */
async function readLog(read: () => Promise<string>, signal: AbortSignal): Promise<string | null> {
  const over = new AbortController()
  const late = sleep(READ_LOG_MS, null, { signal: AbortSignal.any([over.signal, signal]) }).catch(() => null)
  try {
    return await Promise.race([read().catch(() => null), late])
  } finally {
    over.abort()
  }
}

interface RecordFile extends AsyncDisposable {
  readonly write: (record: FreezeRecord) => void
}

function openRecord(path: string): RecordFile {
  const stream = createWriteStream(path)
  let failed: Error | undefined
  stream.on('error', (error) => {
    failed = error
  })
  return {
    write: (record) => void stream.write(`${JSON.stringify(record)}\n`),
    async [Symbol.asyncDispose]() {
      if (failed === undefined) {
        stream.end()
        await once(stream, 'close')
      }
      if (failed !== undefined) throw failed
    },
  }
}

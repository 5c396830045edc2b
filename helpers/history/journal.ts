import { type FileHandle, open } from 'node:fs/promises'
import { RehearsalError } from '../errors.ts'
import { createEventLines } from './event-lines.ts'
import type { Recorder } from './recorder.ts'

/** Version of the file format; `read-history.ts` refuses any other. */
export const HISTORY_SCHEMA = 1

const DEFAULT_FLUSH_EVERY_MS = 50
const DEFAULT_SYNC_EVERY_MS = 1_000
/** About 300 000 events: a disk that is that far behind will not catch up, and the generator needs its memory. */
const DEFAULT_MAX_PENDING_BYTES = 64 * 1024 * 1024

/**
 * Last line of a history whose journal was closed: how many events were recorded, also those that never reached the
 * file. A killed writer leaves none; without it nobody can tell whether the end is missing.
 */
export interface HistoryFooter {
  readonly type: 'end'
  readonly events: number
}

/** First line of a history: which run it belongs to. The epoch makes its times comparable with everything else. */
export interface HistoryHeader {
  readonly schema: typeof HISTORY_SCHEMA
  readonly runId: string
  /** The epoch of the run; see `clock.ts`. */
  readonly epoch: { readonly monotonicNs: string; readonly wall: string }
  readonly seed: number
  readonly planHash: string
}

export interface JournalOptions {
  readonly header: Omit<HistoryHeader, 'schema'>
  /** How long an event may wait in memory, milliseconds. */
  readonly flushEveryMs?: number
  /** How often what was written is forced to the disk, milliseconds; it is also done when the journal is closed. */
  readonly syncEveryMs?: number
  /** Most bytes that may wait in memory. What comes on top is dropped, counted, and makes `close` throw. */
  readonly maxPendingBytes?: number
}

/** How the journal is doing, at any time. `dropped > 0` or an `error` means that the history proves nothing. */
export interface JournalHealth {
  readonly events: number
  readonly writtenBytes: number
  /** Waiting in memory now, and the most that ever waited. */
  readonly pendingBytes: number
  readonly maxPendingBytes: number
  /** Events that found the memory limit reached: the disk did not keep up. */
  readonly dropped: number
  /** Longest write or sync, milliseconds. */
  readonly slowestWriteMs: number
  readonly error: Error | null
}

/** An open journal. Dispose of it to flush, sync and close; that is also where a write error surfaces. */
export interface Journal extends Recorder, AsyncDisposable {
  readonly path: string
  /**
   * So many events happened, at least, and will never get here: a thread that recorded them is gone. The last line counts
   * them, so that whoever reads the file knows that it is incomplete.
   */
  missed(events: number): void
  health(): JournalHealth
  /** Wait until everything recorded so far is in the file (not yet synced): a reader sees it, a kill -9 spares it. */
  flush(): Promise<void>
  /** Write the last line. Idempotent. @throws HISTORY_UNWRITABLE when an event could not be written or was dropped. */
  close(): Promise<void>
}

/**
 * Open a new history file, append-only NDJSON: a header line, then one event a line in index order, and when it is
 * closed a line that says how many there were.
 *
 * Recording only makes the line; a timer writes what has gathered in one go, so the load never waits for the disk.
 * Lines are written whole and in order: after a kill -9 the file is complete to the last flush, and at most its last
 * line is torn.
 *
 * @param path of the file; it must not exist yet (a history is never continued or overwritten).
 * @throws HISTORY_UNWRITABLE when the file cannot be made or the header cannot be written.
 */
export async function openJournal(path: string, options: JournalOptions): Promise<Journal> {
  const flushEveryMs = options.flushEveryMs ?? DEFAULT_FLUSH_EVERY_MS
  const syncEveryMs = options.syncEveryMs ?? DEFAULT_SYNC_EVERY_MS
  const maxPendingBytes = options.maxPendingBytes ?? DEFAULT_MAX_PENDING_BYTES
  const file = await createWithHeader(path, options.header)

  const lines = createEventLines()
  let inFlightBytes = 0
  let nextIndex = 0
  let writtenBytes = 0
  let highestPendingBytes = 0
  let dropped = 0
  let slowestWriteMs = 0
  let lastSyncMs = performance.now()
  let unsynced = true
  let error: Error | null = null
  let writing: Promise<void> | null = null
  let closing: Promise<void> | null = null

  /** Whether one more event may wait. What may not is counted. */
  function hasRoom(): boolean {
    if (closing !== null || lines.bytes + inFlightBytes >= maxPendingBytes) {
      dropped++
      return false
    }
    return true
  }

  function noteHighest(): void {
    highestPendingBytes = Math.max(highestPendingBytes, lines.bytes + inFlightBytes)
  }

  async function drain(): Promise<void> {
    const startedMs = performance.now()
    try {
      while (lines.bytes > 0 && error === null) {
        inFlightBytes = lines.bytes
        const pages = lines.take()
        // All of them by one call: each takes a turn of the event loop, and a busy generator fills pages in every turn.
        for (let rest = pages; rest.length > 0; ) {
          const { bytesWritten } = await file.writev(rest)
          noteHighest()
          writtenBytes += bytesWritten
          inFlightBytes -= bytesWritten
          unsynced = true
          rest = restAfter(rest, bytesWritten)
        }
        lines.giveBack(pages)
      }
      if (unsynced && error === null && performance.now() - lastSyncMs >= syncEveryMs) {
        await file.datasync()
        lastSyncMs = performance.now()
        unsynced = false
      }
    } catch (caught) {
      error = caught instanceof Error ? caught : new Error(String(caught))
    } finally {
      slowestWriteMs = Math.max(slowestWriteMs, performance.now() - startedMs)
    }
  }

  /** One write at a time: two could interleave their lines. */
  function drainOnce(): Promise<void> {
    writing ??= drain().finally(() => {
      writing = null
    })
    return writing
  }

  async function flush(): Promise<void> {
    while ((lines.bytes > 0 || writing !== null) && error === null) await drainOnce()
  }

  async function finish(): Promise<void> {
    clearInterval(timer)
    try {
      await flush()
      if (error === null) {
        await file.appendFile(`${JSON.stringify({ type: 'end', events: nextIndex } satisfies HistoryFooter)}\n`)
        await file.sync()
      }
    } catch (caught) {
      error = caught instanceof Error ? caught : new Error(String(caught))
    } finally {
      await file.close()
    }
    if (error !== null) throw unwritable(path, `writing failed: ${(error as Error).message}`, error)
    if (dropped > 0) {
      throw unwritable(path, `${dropped} events were dropped: more than ${maxPendingBytes} bytes waited for the disk`)
    }
  }

  const timer = setInterval(() => void drainOnce(), flushEveryMs)
  // The journal must not keep a process alive that is done with its load.
  timer.unref()

  const close = () => {
    closing ??= finish()
    return closing
  }

  return {
    path,
    invoke(invocation) {
      const index = nextIndex++
      if (hasRoom()) lines.addInvocation(index, invocation)
      return index
    },
    complete(completion) {
      const index = nextIndex++
      if (hasRoom()) lines.addCompletion(index, completion)
    },
    missed(events) {
      nextIndex += events
    },
    health() {
      noteHighest()
      return {
        events: nextIndex,
        writtenBytes,
        pendingBytes: lines.bytes + inFlightBytes,
        maxPendingBytes: highestPendingBytes,
        dropped,
        slowestWriteMs,
        error,
      }
    },
    flush,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What is left of `pages` when so many bytes of them are written: a call may write less than it was given. */
function restAfter(pages: readonly Buffer[], bytesWritten: number): readonly Buffer[] {
  let bytes = bytesWritten
  for (const [at, page] of pages.entries()) {
    if (bytes < page.length) return [page.subarray(bytes), ...pages.slice(at + 1)]
    bytes -= page.length
  }
  return []
}

async function createWithHeader(path: string, header: JournalOptions['header']): Promise<FileHandle> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'ax', 0o600)
    await file.appendFile(`${JSON.stringify({ schema: HISTORY_SCHEMA, ...header } satisfies HistoryHeader)}\n`)
    return file
  } catch (cause) {
    await file?.close()
    throw unwritable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function unwritable(path: string, seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('HISTORY_UNWRITABLE', {
    expected: `every event of the load written to ${path}`,
    seen,
    next: 'Free space on that disk or move the run folder, then rehearse again: without a history nothing is proven.',
    ...(cause === undefined ? {} : { cause }),
  })
}

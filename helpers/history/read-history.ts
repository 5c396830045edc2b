import { stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { History } from '../checkers/checker.ts'
import { RehearsalError } from '../errors.ts'
import { HISTORY_SCHEMA, type HistoryFooter, type HistoryHeader } from './journal.ts'
import type { HistoryEvent } from './operation.ts'
import { createOperationTable } from './operation-table.ts'
import { pairOperations } from './pair-operations.ts'
import { type Line, type RawLine, readLines, readRawLines } from './read-lines.ts'

const EVENTS_PER_TURN = 20_000
/** About a million operations; a larger history is read from the file on every pass. */
const DEFAULT_KEEP_UP_TO_BYTES = 1024 * 1024 * 1024

/** A history on disk, read and checked once. */
export interface HistoryFile extends History {
  readonly path: string
  readonly header: HistoryHeader
  readonly eventCount: number
  /** The file ends in the middle of a line: its writer was killed. Everything before that line is here. */
  readonly torn: boolean
  /** The journal was closed, and said how many events it had recorded. */
  readonly closed: boolean
  /** Events that are known to have been recorded and are not here: the journal had to drop them. */
  readonly missingEvents: number
}

/**
 * Read a history that `openJournal` wrote, also one whose writer was killed.
 *
 * The whole file is read and parsed once, here. Up to `keepUpToBytes` it stays in memory; a larger one is streamed
 * again on each pass of a checker.
 *
 * @throws EVIDENCE_UNREADABLE when the file is missing, has no header of a known schema, or has a line in its middle
 *   that is not an event. A torn last line is no error: it is what a kill -9 leaves, and `torn` says so.
 */
export async function readHistory(
  path: string,
  { keepUpToBytes = DEFAULT_KEEP_UP_TO_BYTES }: { readonly keepUpToBytes?: number } = {},
): Promise<HistoryFile> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  })
  const kept = size <= keepUpToBytes ? createOperationTable() : null
  const open = new Set<number>()
  let header: HistoryHeader | undefined
  let eventCount = 0
  let highestIndex = -1
  let torn = false
  let footer: HistoryFooter | undefined

  for (const raw of readRawLines(path)) {
    if (header === undefined) {
      header = parseHeader(path, lineOf(raw))
      continue
    }
    if (!raw.ended) {
      torn = true
      break
    }
    if (footer === undefined && kept?.addLine(raw.bytes, raw.from, raw.to) === true) {
      eventCount++
      highestIndex = Math.max(highestIndex, kept.lastIndex)
    } else {
      const line = lineOf(raw)
      if (footer !== undefined) throw unreadable(path, `line ${line.number} comes after the end: ${shorten(line.text)}`)
      const event = parseLine(path, line)
      if (event.type === 'end') {
        footer = event
        continue
      }
      eventCount++
      highestIndex = Math.max(highestIndex, event.index)
      if (kept !== null) kept.add(event)
      else if (event.type === 'invoke') open.add(event.index)
      else open.delete(event.invocation)
    }
    // Progress and signals must go on while a large file is read.
    if (eventCount % EVENTS_PER_TURN === 0) await setImmediate()
  }
  if (header === undefined) throw unreadable(path, 'the file is empty')
  kept?.close()

  const missingEvents = Math.max(footer?.events ?? 0, highestIndex + 1) - eventCount
  return {
    path,
    header,
    eventCount,
    torn,
    closed: footer !== undefined,
    missingEvents,
    complete: footer !== undefined && missingEvents === 0,
    events: kept === null ? () => streamEvents(path) : kept.events,
    operations: kept === null ? () => iterate(() => pairOperations(streamEvents(path), open)) : () => kept.operations,
  }
}

function lineOf({ bytes, from, to, number, ended }: RawLine): Line {
  return { text: bytes.toString('utf8', from, to), number, ended }
}

/** An iterable that starts over each time it is iterated; a bare generator would be empty the second time. */
function iterate<Item>(start: () => Iterator<Item>): Iterable<Item> {
  return { [Symbol.iterator]: start }
}

function streamEvents(path: string): Iterable<HistoryEvent> {
  return iterate(function* () {
    let isHeader = true
    for (const line of readLines(path)) {
      if (!isHeader && line.ended) {
        const event = parseLine(path, line)
        if (event.type !== 'end') yield event
      }
      isHeader = false
    }
  })
}

function parseHeader(path: string, line: Line): HistoryHeader {
  const header = parse(path, line) as Partial<HistoryHeader> | null
  if (!line.ended || header?.schema !== HISTORY_SCHEMA || typeof header.runId !== 'string') {
    throw unreadable(path, `line 1 is no header of schema ${HISTORY_SCHEMA}: ${shorten(line.text)}`)
  }
  return header as HistoryHeader
}

function parseLine(path: string, line: Line): HistoryEvent | HistoryFooter {
  const event = parse(path, line) as Partial<HistoryEvent> | HistoryFooter | null
  if (event?.type === 'end' && Number.isSafeInteger((event as HistoryFooter).events)) return event as HistoryFooter
  if (
    typeof event?.type !== 'string' ||
    event.type === 'end' ||
    typeof event.index !== 'number' ||
    typeof event.timeUs !== 'number'
  ) {
    throw unreadable(path, `line ${line.number} is no event: ${shorten(line.text)}`)
  }
  return event as HistoryEvent
}

function parse(path: string, line: Line): unknown {
  if (line.value !== undefined) return line.value
  try {
    return JSON.parse(line.text)
  } catch (cause) {
    throw unreadable(path, `line ${line.number} is not JSON: ${shorten(line.text)}`, cause)
  }
}

function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`
}

function unreadable(path: string, seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('EVIDENCE_UNREADABLE', {
    expected: `a history at ${path}: a header, one event a line and nothing after its end, whole but for its last line`,
    seen,
    next: 'Look at the file; a history that was edited or damaged proves nothing, so rehearse again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

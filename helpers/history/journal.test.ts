import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, type FileHandle, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Journal, openJournal } from './journal.ts'
import type { Invocation } from './operation.ts'
import { copyEvent, copyOperation } from './operation-columns.ts'
import { readHistory } from './read-history.ts'

const HEADER = {
  runId: 'run-1',
  epoch: { monotonicNs: '1', wall: '2026-01-15T12:00:00.000Z' },
  seed: 7,
  planHash: 'abc',
}

let dir: string
let path: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-'))
  path = join(dir, 'history.ndjson')
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

function asked(timeUs: number): Omit<Invocation, 'type' | 'index'> {
  return {
    timeUs,
    intendedUs: timeUs,
    candidate: 'c-1',
    connection: 'main',
    f: 'save-answer',
    step: 'steady',
    requestId: 'r',
    attempt: 1,
    value: null,
  }
}

function recordPair(journal: Journal, timeUs: number): void {
  const invocation = journal.invoke(asked(timeUs))
  journal.complete({ type: 'ok', timeUs: timeUs + 1, invocation, reason: 'success', status: 200 })
}

describe('the journal', () => {
  test('what was recorded is read back, whole and in order', async () => {
    {
      await using journal = await openJournal(path, { header: HEADER })
      for (let i = 0; i < 1_000; i++) recordPair(journal, i * 10)
      journal.invoke(asked(99_999))
    }
    const history = await readHistory(path)
    expect(history).toMatchObject({ header: { schema: 1, ...HEADER }, eventCount: 2_001, torn: false, complete: true })
    expect([...history.events()].map((event) => event.index)).toEqual(Array.from({ length: 2_001 }, (_, i) => i))
    const operations = [...history.operations()].map(copyOperation)
    expect(operations).toHaveLength(1_001)
    expect(operations[0]).toEqual({
      ...asked(0),
      index: 0,
      outcome: 'ok',
      completedUs: 1,
      reason: 'success',
      status: 200,
    })
    expect(operations.at(-1)).toMatchObject({ outcome: 'info', completedUs: null, reason: 'open-at-end' })
  })

  test('a history too large for memory is streamed, the same on every pass', async () => {
    {
      await using journal = await openJournal(path, { header: HEADER })
      // Several chunks of the file.
      for (let i = 0; i < 5_000; i++) recordPair(journal, i * 10)
    }
    const kept = await readHistory(path)
    const streamed = await readHistory(path, { keepUpToBytes: 0 })
    expect([...streamed.operations()]).toEqual([...kept.operations()].map(copyOperation))
    expect([...streamed.operations()]).toHaveLength(5_000)
    expect([...streamed.events()]).toEqual([...kept.events()].map(copyEvent))
  })

  test.each([
    ['from memory', 1_000_000],
    ['streamed', 0],
  ])('what has no end is info in its place, and what came after it is there, %s', async (_, keepUpToBytes) => {
    {
      await using journal = await openJournal(path, { header: HEADER })
      recordPair(journal, 0)
      journal.invoke(asked(10))
      recordPair(journal, 20)
    }
    const history = await readHistory(path, { keepUpToBytes })
    expect([...history.operations()].map(({ index, outcome, reason }) => [index, outcome, reason])).toEqual([
      [0, 'ok', 'success'],
      [2, 'info', 'open-at-end'],
      [3, 'ok', 'success'],
    ])
    expect(history).toMatchObject({ eventCount: 5, missingEvents: 0, complete: true })
    expect([...history.events()].map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
  })

  test('is kept in memory up to its size in bytes, and streamed from the file above it', async () => {
    {
      await using journal = await openJournal(path, { header: HEADER })
      recordPair(journal, 0)
    }
    const { size } = await stat(path)
    const kept = await readHistory(path, { keepUpToBytes: size })
    const byDefault = await readHistory(path)
    const streamed = await readHistory(path, { keepUpToBytes: size - 1 })
    // What is streamed is read anew on each pass, so it has gone with the file.
    await rm(path)
    expect([...kept.operations()]).toHaveLength(1)
    expect([...byDefault.operations()]).toHaveLength(1)
    expect(() => [...streamed.operations()]).toThrow('ENOENT')
  })

  test('says what waits for the disk, what has arrived there, and the most that ever waited', async () => {
    await using journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000 })
    const { size: header } = await stat(path)
    expect(journal.health()).toMatchObject({ writtenBytes: 0, pendingBytes: 0, maxPendingBytes: 0, slowestWriteMs: 0 })
    for (let pair = 0; pair < 100; pair += 1) recordPair(journal, pair)
    const { pendingBytes } = journal.health()
    expect(pendingBytes).toBeGreaterThan(10_000)
    const flushed = journal.flush()
    // On their way, they still wait; and what comes now waits too.
    expect(journal.health().pendingBytes).toBe(pendingBytes)
    recordPair(journal, 1_000)
    const most = journal.health().pendingBytes
    expect(most).toBeGreaterThan(pendingBytes)
    await flushed
    expect(journal.health()).toMatchObject({ writtenBytes: most, pendingBytes: 0, maxPendingBytes: most })
    expect((await stat(path)).size).toBe(header + most)
    const { slowestWriteMs } = journal.health()
    expect(slowestWriteMs).toBeGreaterThan(0)
    expect(slowestWriteMs).toBeLessThan(60_000)
  })

  test('what is recorded after it was closed is counted and not written', async () => {
    const journal = await openJournal(path, { header: HEADER })
    recordPair(journal, 0)
    await journal.close()
    recordPair(journal, 10)
    expect(journal.health()).toMatchObject({ dropped: 2, pendingBytes: 0 })
    expect((await readHistory(path)).eventCount).toBe(2)
  })

  test('is on disk shortly after it was recorded, without being asked', async () => {
    await using journal = await openJournal(path, { header: HEADER, flushEveryMs: 5 })
    recordPair(journal, 1)
    await expect.poll(async () => (await readHistory(path)).eventCount).toBe(2)
    // The file may be read before the journal has heard that it was written.
    await expect.poll(() => journal.health()).toMatchObject({ events: 2, pendingBytes: 0, dropped: 0, error: null })
  })

  test('a reader sees everything after a flush', async () => {
    await using journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000 })
    recordPair(journal, 1)
    expect((await readHistory(path)).eventCount).toBe(0)
    await journal.flush()
    expect((await readHistory(path)).eventCount).toBe(2)
  })

  test('everything that waits is written by one call, for a busy generator has few turns to make more', async () => {
    await using journal = await openJournal(path, { header: HEADER })
    for (let pair = 0; pair < 20_000; pair += 1) recordPair(journal, pair)
    const pending = new Set<number>()
    for (let bytes = journal.health().pendingBytes; bytes > 0; bytes = journal.health().pendingBytes) {
      pending.add(bytes)
      await setImmediate()
    }
    expect(Math.max(...pending)).toBeGreaterThan(4_000_000)
    expect(pending.size).toBe(1)
  })

  test('memory is bounded: what does not fit is dropped, counted, and makes the history incomplete', async () => {
    const journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000, maxPendingBytes: 500 })
    for (let i = 0; i < 10; i++) recordPair(journal, i * 10)
    const { dropped, pendingBytes } = journal.health()
    expect(dropped).toBeGreaterThan(0)
    expect(pendingBytes).toBeLessThan(1_000)
    await journal.flush()
    recordPair(journal, 1_000)
    await expect(journal.close()).rejects.toMatchObject({
      code: 'HISTORY_UNWRITABLE',
      seen: expect.stringContaining(`${dropped} events`),
    })
    expect(await readHistory(path)).toMatchObject({ complete: false, torn: false, missingEvents: dropped })
  })

  test('a history whose last events were dropped is not complete, though every line of it is whole', async () => {
    const journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000, maxPendingBytes: 500 })
    for (let i = 0; i < 10; i++) recordPair(journal, i * 10)
    const { dropped, events } = journal.health()
    await expect(journal.close()).rejects.toMatchObject({ code: 'HISTORY_UNWRITABLE' })
    const history = await readHistory(path)
    expect(history).toMatchObject({ complete: false, torn: false, closed: true, missingEvents: dropped })
    expect(history.eventCount).toBe(events - dropped)
  })

  test('a history that missed events of a thread is not complete, closes without an error, and counts on behind them', async () => {
    const journal = await openJournal(path, { header: HEADER })
    recordPair(journal, 1)
    journal.missed(3)
    expect(journal.invoke(asked(2))).toBe(5)
    journal.missed(1)
    await journal.close()
    const history = await readHistory(path)
    expect(history).toMatchObject({ eventCount: 3, missingEvents: 4, closed: true, complete: false })
  })

  test('a history that was never closed is not complete: nobody knows what came after its last line', async () => {
    await using journal = await openJournal(path, { header: HEADER })
    recordPair(journal, 1)
    await journal.flush()
    expect(await readHistory(path)).toMatchObject({ complete: false, torn: false, closed: false, missingEvents: 0 })
  })

  test('a folder that is not there is an error before any load begins', async () => {
    await expect(openJournal(join(dir, 'nowhere', 'history.ndjson'), { header: HEADER })).rejects.toMatchObject({
      code: 'HISTORY_UNWRITABLE',
      cause: expect.objectContaining({ code: 'ENOENT' }),
    })
  })

  test('a disk that is full shows in the health at once, and as an error when the journal is closed', async () => {
    const script = `
      import { openJournal } from ${JSON.stringify(new URL('./journal.ts', import.meta.url).href)}
      const journal = await openJournal(${JSON.stringify(path)}, { header: ${JSON.stringify(HEADER)}, flushEveryMs: 1 })
      while (journal.health().error === null) {
        journal.invoke(${JSON.stringify(asked(0))})
        await new Promise((resolve) => setImmediate(resolve))
      }
      for (let i = 0; i < 2; i++) await journal.close().catch((error) => console.log(error.code, error.seen))`
    // A file that may not grow beyond 8 blocks of 512 bytes is as good as a full disk.
    const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" --input-type=module --eval "$1"`
    const writer = spawn('sh', ['-c', limited, process.execPath, script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const output = (await writer.stdout.toArray()).join('')
    expect(output).toMatch(/^(HISTORY_UNWRITABLE writing failed: EFBIG: file too large, write\n){2}$/)
    // What could be written is still evidence.
    expect(await readHistory(path)).toMatchObject({ torn: true, complete: false })
  })

  test('a history is never continued or overwritten', async () => {
    await writeFile(path, 'yesterday')
    await expect(openJournal(path, { header: HEADER })).rejects.toMatchObject({ code: 'HISTORY_UNWRITABLE' })
    expect(await readFile(path, 'utf8')).toBe('yesterday')
  })

  test('after a kill -9 the file is whole to the last flush', async () => {
    const script = `
      import { openJournal } from ${JSON.stringify(new URL('./journal.ts', import.meta.url).href)}
      const journal = await openJournal(${JSON.stringify(path)}, { header: ${JSON.stringify(HEADER)}, flushEveryMs: 5 })
      for (let i = 0; ; i++) {
        const invocation = journal.invoke(${JSON.stringify(asked(0))})
        journal.complete({ type: 'ok', timeUs: 1, invocation, reason: 'success' })
        if (i === 2_000) { await journal.flush(); process.stdout.write('flushed') }
        if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      }`
    const writer = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(writer.stdout, 'data')
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    const history = await readHistory(path)
    expect(history.eventCount).toBeGreaterThanOrEqual(4_002)
    expect(history).toMatchObject({ missingEvents: 0, closed: false, complete: false })
  })
})

describe('the journal and its disk', () => {
  /** What all open files share: how they write and sync. */
  let files: FileHandle

  beforeEach(async () => {
    const handle = await open(dir)
    files = Object.getPrototypeOf(handle) as FileHandle
    await handle.close()
  })

  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  test('a call that writes less than it was given is followed by one for the rest', async () => {
    const whole = files.writev
    const written: number[] = []
    vi.spyOn(files, 'writev').mockImplementation(async function (this: FileHandle, pages) {
      // A whole page and a part of the next, then a part of that, then the end of a page and no more.
      const parts = pages as readonly Buffer[]
      const [first, second] = parts as readonly [Buffer, Buffer | undefined]
      const ways = [[first, ...(second === undefined ? [] : [second.subarray(0, 7)])], [first.subarray(0, 99)], [first]]
      const result = await whole.call(this, ways[written.length % ways.length] as Buffer[])
      written.push(result.bytesWritten)
      return result as Awaited<ReturnType<FileHandle['writev']>>
    })
    {
      await using journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000 })
      for (let pair = 0; pair < 5_000; pair++) recordPair(journal, pair)
      await journal.flush()
      expect(journal.health()).toMatchObject({ pendingBytes: 0, dropped: 0, error: null })
    }
    expect(written.length).toBeGreaterThan(5)
    const history = await readHistory(path)
    expect(history).toMatchObject({ eventCount: 10_000, torn: false, complete: true })
    expect([...history.events()].map(({ index }) => index)).toEqual(Array.from({ length: 10_000 }, (_, at) => at))
  })

  test('what was written is forced to the disk once in the time that was asked for, and only when there is something new', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const synced = vi.spyOn(files, 'datasync')
    const journal = await openJournal(path, { header: HEADER, flushEveryMs: 50, syncEveryMs: 400 })
    const syncedAfter = async (ms: number): Promise<number> => {
      vi.advanceTimersByTime(ms)
      await journal.flush()
      return synced.mock.calls.length
    }
    expect(await syncedAfter(399)).toBe(0)
    // The header is new.
    expect(await syncedAfter(51)).toBe(1)
    expect(await syncedAfter(1_000)).toBe(1)
    recordPair(journal, 1)
    expect(await syncedAfter(50)).toBe(2)
    recordPair(journal, 2)
    expect(await syncedAfter(350)).toBe(2)
    recordPair(journal, 3)
    expect(await syncedAfter(50)).toBe(3)
    await journal.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('when it is not said otherwise, writes what waits 20 times a second, and forces it to the disk every second', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const synced = vi.spyOn(files, 'datasync')
    await using journal = await openJournal(path, { header: HEADER })
    recordPair(journal, 1)
    vi.advanceTimersByTime(49)
    expect(journal.health()).toMatchObject({ writtenBytes: 0 })
    const waiting = journal.health().pendingBytes
    expect(waiting).toBeGreaterThan(0)
    vi.advanceTimersByTime(1)
    await vi.waitFor(() => expect(journal.health()).toMatchObject({ writtenBytes: waiting, pendingBytes: 0 }))
    vi.advanceTimersByTime(949)
    await journal.flush()
    expect(synced).not.toHaveBeenCalled()
    vi.advanceTimersByTime(51)
    await journal.flush()
    expect(synced).toHaveBeenCalledOnce()
  })

  test('the end is on the disk when it is closed', async () => {
    const synced = vi.spyOn(files, 'sync')
    const journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000 })
    recordPair(journal, 1)
    expect(synced).not.toHaveBeenCalled()
    await journal.close()
    await journal.close()
    expect(synced).toHaveBeenCalledOnce()
  })

  test.each(['writev', 'datasync', 'sync'] as const)(
    'an error of %s is in the health, is thrown with its cause when the journal is closed, and no end is written',
    async (call) => {
      const refused = new Error('EIO: i/o error')
      vi.spyOn(files, call).mockRejectedValueOnce(refused)
      const journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000, syncEveryMs: 0 })
      recordPair(journal, 1)
      await journal.flush()
      expect(journal.health().error).toBe(call === 'sync' ? null : refused)
      await expect(journal.close()).rejects.toMatchObject({
        code: 'HISTORY_UNWRITABLE',
        expected: `every event of the load written to ${path}`,
        seen: 'writing failed: EIO: i/o error',
        next: expect.stringContaining('Free space on that disk'),
        cause: refused,
      })
      expect(journal.health().error).toBe(refused)
      const closed = (await readFile(path, 'utf8')).includes('"type":"end"')
      expect(closed).toBe(call === 'sync')
    },
  )

  test('what fails without an error is an error as well', async () => {
    vi.spyOn(files, 'writev').mockRejectedValueOnce('gone')
    const journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000 })
    recordPair(journal, 1)
    await expect(journal.close()).rejects.toMatchObject({ seen: 'writing failed: gone', cause: new Error('gone') })
  })

  test('events that were dropped are the seen of an error that nothing else caused', async () => {
    const journal = await openJournal(path, { header: HEADER, maxPendingBytes: 0 })
    recordPair(journal, 1)
    const error = await journal.close().catch((caught: Error) => caught)
    expect(error).toMatchObject({ seen: '2 events were dropped: more than 0 bytes waited for the disk' })
    expect(error).not.toHaveProperty('cause')
  })

  test('the most that ever waited is known although nobody looked while it did', async () => {
    await using journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000 })
    for (let pair = 0; pair < 100; pair++) recordPair(journal, pair)
    await journal.flush()
    const { writtenBytes, maxPendingBytes } = journal.health()
    expect(writtenBytes).toBeGreaterThan(10_000)
    expect(maxPendingBytes).toBe(writtenBytes)
  })

  test('what is on its way to the disk takes of the memory that there is', async () => {
    const journal = await openJournal(path, { header: HEADER, flushEveryMs: 60_000, maxPendingBytes: 10_000 })
    while (journal.health().pendingBytes < 10_000) recordPair(journal, 1)
    const { dropped, events } = journal.health()
    const flushed = journal.flush()
    recordPair(journal, 2)
    expect(journal.health()).toMatchObject({ dropped: dropped + 2, events: events + 2 })
    await flushed
    recordPair(journal, 3)
    expect(journal.health().dropped).toBe(dropped + 2)
    await journal.flush()
    await expect(journal.close()).rejects.toMatchObject({ code: 'HISTORY_UNWRITABLE' })
    await expect(journal[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'HISTORY_UNWRITABLE' })
  })

  test('a process that forgets to close it still ends', async () => {
    const script = `
      import { openJournal } from ${JSON.stringify(new URL('./journal.ts', import.meta.url).href)}
      await openJournal(${JSON.stringify(path)}, { header: ${JSON.stringify(HEADER)}, flushEveryMs: 60_000 })`
    const writer = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: 'inherit',
      timeout: 8_000,
    })
    expect(await once(writer, 'exit')).toEqual([0, null])
  })
})

describe('reading a damaged history', () => {
  const END = '{"type":"end","events":6}\n'

  beforeEach(async () => {
    await using journal = await openJournal(path, { header: HEADER })
    for (let i = 0; i < 3; i++) recordPair(journal, i * 10)
  })

  /** Cut so many characters off the last event, and everything behind it. */
  async function cutEvents(characters: number): Promise<void> {
    const text = await readFile(path, 'utf8')
    expect(text.endsWith(END)).toBe(true)
    await truncate(path, text.length - END.length - characters)
  }

  test('a history cut at the end of a line is whole in every line, and not complete', async () => {
    await cutEvents(0)
    expect(await readHistory(path)).toMatchObject({ torn: false, closed: false, complete: false, eventCount: 6 })
  })

  test('a history of which a line at the end is missing is not complete', async () => {
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.toSpliced(6, 1).join('\n'))
    expect(await readHistory(path)).toMatchObject({ closed: true, complete: false, missingEvents: 1, eventCount: 5 })
  })

  test('a line after the end is an error', async () => {
    await appendFile(path, '{"type":"invoke","index":6,"timeUs":1}\n')
    await expect(readHistory(path)).rejects.toMatchObject({
      seen: expect.stringContaining('line 9 comes after the end'),
    })
  })

  test('a torn last line is reported, and everything before it is there', async () => {
    await cutEvents(5)
    expect(await readHistory(path)).toMatchObject({ torn: true, complete: false, eventCount: 5 })
    expect([...(await readHistory(path)).operations()].at(-1)).toMatchObject({ outcome: 'info', reason: 'open-at-end' })
    expect([...(await readHistory(path, { keepUpToBytes: 0 })).events()]).toHaveLength(5)
  })

  test('a torn line in the middle is an error that names the line', async () => {
    await cutEvents(5)
    await appendFile(path, '\n{"type":"invoke","index":9,"timeUs":1}\n')
    await expect(readHistory(path)).rejects.toMatchObject({
      code: 'EVIDENCE_UNREADABLE',
      seen: expect.stringContaining('line 7 is not JSON'),
    })
  })

  test.each([
    '{"hello":"world"}',
    'null',
    '7',
    '{"index":6,"timeUs":1}',
    '{"type":7,"index":6,"timeUs":1}',
    '{"type":"invoke","timeUs":1}',
    '{"type":"invoke","index":"6","timeUs":1}',
    '{"type":"invoke","index":6}',
    '{"type":"invoke","index":6,"timeUs":"1"}',
    '{"type":"end"}',
    '{"type":"end","events":6.5}',
    '{"type":"end","index":6,"timeUs":1}',
  ])('a line that is no event is an error: %s', async (line) => {
    await cutEvents(0)
    await appendFile(path, `${line}\n`)
    for (const keepUpToBytes of [0, 1_000_000]) {
      await expect(readHistory(path, { keepUpToBytes })).rejects.toMatchObject({
        code: 'EVIDENCE_UNREADABLE',
        expected: expect.stringContaining(path),
        seen: `line 8 is no event: ${line}`,
        next: expect.stringContaining('rehearse again'),
      })
    }
  })

  test.each([
    ['x'.repeat(120), 'x'.repeat(120)],
    ['x'.repeat(121), `${'x'.repeat(120)}…`],
  ])('a long line is told by its beginning', async (line, told) => {
    await cutEvents(0)
    await appendFile(path, `${line}\n`)
    await expect(readHistory(path)).rejects.toMatchObject({ seen: `line 8 is not JSON: ${told}` })
  })

  test('events that are missing are counted when it is streamed, too', async () => {
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.toSpliced(3, 1).toSpliced(-2, 1).join('\n'))
    expect(await readHistory(path, { keepUpToBytes: 0 })).toMatchObject({
      closed: false,
      missingEvents: 1,
      eventCount: 5,
    })
  })

  test.each([
    ['is empty', '', 'the file is empty'],
    ['has another schema', '{"schema":99,"runId":"x"}\n', 'no header of schema 1'],
    ['begins with an event', '{"type":"invoke","index":0,"timeUs":1}\n', 'no header of schema 1'],
    ['begins with nothing', 'null\n', 'no header of schema 1'],
    ['does not say which run it is of', '{"schema":1}\n', 'no header of schema 1'],
    ['has half a header', '{"schema":1,"runId":"x"}', 'no header of schema 1'],
  ])('a file that %s is an error', async (_what, text, seen) => {
    await writeFile(path, text)
    await expect(readHistory(path)).rejects.toMatchObject({
      code: 'EVIDENCE_UNREADABLE',
      seen: expect.stringContaining(seen),
    })
  })

  test('a missing file is an error with its cause', async () => {
    await expect(readHistory(join(dir, 'nowhere'))).rejects.toMatchObject({
      code: 'EVIDENCE_UNREADABLE',
      cause: expect.objectContaining({ code: 'ENOENT' }),
    })
  })
})

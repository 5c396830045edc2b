import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Line, readLines, readRawLines } from './read-lines.ts'

const MEGABYTE = 1024 * 1024

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'read-lines-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(dir, 'lines.ndjson')
  await writeFile(path, content)
  return path
}

/** Read both ways, as text, number and whether a newline ended it. */
const WAYS: Readonly<Record<string, (path: string) => readonly Omit<Line, 'value'>[]>> = {
  'as text': (path) => [...readLines(path)].map(({ text, number, ended }) => ({ text, number, ended })),
  'as bytes': (path) => {
    const found: Omit<Line, 'value'>[] = []
    for (const { bytes, from, to, number, ended } of readRawLines(path)) {
      found.push({ text: bytes.toString('utf8', from, to), number, ended })
    }
    return found
  },
}

describe.each(Object.entries(WAYS))('lines %s', (_, read) => {
  test('come one by one, counted from 1, the empty ones too', async () => {
    expect(read(await fileOf('{"a":1}\n\n[2]\n'))).toEqual([
      { text: '{"a":1}', number: 1, ended: true },
      { text: '', number: 2, ended: true },
      { text: '[2]', number: 3, ended: true },
    ])
  })

  test('say of the last one that no newline ended it', async () => {
    expect(read(await fileOf('1\n{"to'))).toEqual([
      { text: '1', number: 1, ended: true },
      { text: '{"to', number: 2, ended: false },
    ])
  })

  test('of an empty file are none', async () => {
    expect(read(await fileOf(''))).toEqual([])
  })

  test('are whole where one chunk of the file ends and the next begins, in the middle of a letter too', async () => {
    // Two bytes a letter behind one of one byte: the first chunk, whose length is even, ends in the middle of a letter.
    const texts = [
      `x${'é'.repeat(MEGABYTE)}`,
      ...Array.from({ length: 2_999 }, (_, n) => `${n}:${'é'.repeat(n % 700)}`),
    ]
    const found = read(await fileOf(`${texts.join('\n')}\n`))
    expect(found.length).toBe(3_000)
    expect(found.every(({ text, number, ended }, n) => text === texts[n] && number === n + 1 && ended)).toBe(true)
  })

  test.each([MEGABYTE - 1, MEGABYTE, MEGABYTE + 1, 5 * MEGABYTE])('may have %i bytes', async (length) => {
    const long = 'x'.repeat(length)
    const found = read(await fileOf(`first\n${long}\nlast`))
    expect(found.map(({ text }) => text.length)).toEqual([5, length, 4])
    expect(found[1]?.text === long).toBe(true)
    expect(found.map(({ number, ended }) => ({ number, ended }))).toEqual([
      { number: 1, ended: true },
      { number: 2, ended: true },
      { number: 3, ended: false },
    ])
  })

  test('of a file that is not there are an error that names it', async () => {
    expect(() => read(join(dir, 'nothing.ndjson'))).toThrow(/nothing\.ndjson/)
  })
})

test.each([
  ['as text', readLines],
  ['as bytes', readRawLines],
] as const)('who stops reading lines %s leaves no file open', async (_, lines) => {
  const path = await fileOf('1\n2\n3\n')
  const open = async (): Promise<number> => (await readdir('/dev/fd')).length
  const before = await open()
  for (let n = 0; n < 100; n += 1) for (const line of lines(path)) if (line.number === 2) break
  // The test runner opens and closes a few of its own meanwhile.
  expect(await open()).toBeLessThan(before + 50)
})

describe('values that were read together with their neighbours', () => {
  const valuesOf = async (content: string) => [...readLines(await fileOf(content))].map(({ value }) => value)

  test('stand beside their lines', async () => {
    expect(await valuesOf('{"a":1}\n[2]\n"three"\n')).toEqual([{ a: 1 }, [2], 'three'])
  })

  test('are given up as soon as one line is no value, or more than one, or a part of one', async () => {
    expect(await valuesOf('1\nnot json\n')).toEqual([undefined, undefined])
    expect(await valuesOf('1\n2,3\n')).toEqual([undefined, undefined])
    expect(await valuesOf('[1\n2]\n')).toEqual([undefined, undefined])
  })

  test('are not there for a line that no newline ended', async () => {
    expect(await valuesOf('1\n2')).toEqual([1, undefined])
  })
})

import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { untilAborted } from '../deadline.ts'
import {
  SAMPLED_EVERY_MS,
  type Sample,
  type Samples,
  SOURCE_NAMES,
  type SourceName,
  type SourceValues,
} from './sample.ts'
import type { Source } from './source.ts'

/** A look that takes longer is given up; a server that hangs must not silence the rest of the day. */
const LOOK_TIMEOUT_MS = 2_500

export type Sources = { readonly [Name in SourceName]: Source<SourceValues[Name]> }

export interface SamplerOptions {
  /** Disposed of by the sampler. */
  readonly sources: Sources
  readonly clock: Clock
  /** Folder of the NDJSON files; made when it is not there. */
  readonly dir: string
  /** For tests. Default: {@link SAMPLED_EVERY_MS}. */
  readonly everyMs?: Readonly<Record<SourceName, number>>
}

/** What a sampler has seen. */
export interface Sampled {
  readonly samples: Samples
  /** From the first look to the last, µs since the run's epoch. */
  readonly fromUs: number
  readonly toUs: number
  /** Why not everything was written to the files; absent when it was. */
  readonly unwritten?: string
}

export interface Sampler extends AsyncDisposable {
  /** Look once more at everything, close the connections and the files. Once is enough, twice gives the same. */
  stop(): Promise<Sampled>
}

/**
 * Look at every source again and again, each on its own, until `stop`. Looks at one source never overlap: one that is
 * late leaves out the looks it has missed. Looks at different sources are spread over the time between two: all at once they
 * would take the processors from the platform and from the load. A failed look is a sample without a value and is never
 * repeated before its time.
 */
export async function startSampler(options: SamplerOptions): Promise<Sampler> {
  const { sources, clock, dir, everyMs = SAMPLED_EVERY_MS } = options
  await mkdir(dir, { recursive: true })
  const fromUs = clock.nowUs()
  const watches = SOURCE_NAMES.map((name, position) =>
    watch(name, sources[name], clock, join(dir, `${name}.ndjson`), everyMs[name], position / SOURCE_NAMES.length),
  )

  const stopAll = async (): Promise<Sampled> => {
    const ended = await Promise.all(watches.map((each) => each.stop()))
    const unwritten = ended.find((each) => each.unwritten !== undefined)?.unwritten
    return {
      samples: Object.fromEntries(ended.map(({ name, samples }) => [name, samples])) as unknown as Samples,
      fromUs,
      toUs: clock.nowUs(),
      ...(unwritten === undefined ? {} : { unwritten }),
    }
  }
  let stopped: Promise<Sampled> | undefined
  const stop = () => {
    stopped ??= stopAll()
    return stopped
  }
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

interface Watch {
  stop(): Promise<{
    readonly name: SourceName
    readonly samples: readonly Sample<unknown>[]
    readonly unwritten?: string
  }>
}

/** @param turn at which part of the time between two looks, from 0 to below 1; the first look is at once */
function watch(
  name: SourceName,
  source: Source<unknown>,
  clock: Clock,
  path: string,
  everyMs: number,
  turn: number,
): Watch {
  const samples: Sample<unknown>[] = []
  const file = createWriteStream(path)
  let unwritten: string | undefined
  file.on('error', (error) => {
    unwritten ??= `${path}: ${error.message}`
  })
  const startedMs = performance.now()
  let timer: NodeJS.Timeout | undefined
  let over = false

  const look = async (): Promise<void> => {
    const sample = await takeSample(source, clock)
    samples.push(sample)
    file.write(`${JSON.stringify(sample)}\n`)
  }
  const lookAgain = async (): Promise<void> => {
    await look()
    if (over) return
    const elapsedMs = performance.now() - startedMs
    timer = setTimeout(
      () => {
        looking = lookAgain()
      },
      (Math.floor(elapsedMs / everyMs - turn) + 1 + turn) * everyMs - elapsedMs,
    )
  }
  let looking = lookAgain()

  return {
    async stop() {
      over = true
      clearTimeout(timer)
      await looking
      await look()
      await source[Symbol.asyncDispose]()
      await close(file)
      return { name, samples, ...(unwritten === undefined ? {} : { unwritten }) }
    },
  }
}

async function takeSample(source: Source<unknown>, clock: Clock): Promise<Sample<unknown>> {
  const timeUs = clock.nowUs()
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${LOOK_TIMEOUT_MS} ms`)), LOOK_TIMEOUT_MS)
  const tookMs = () => (clock.nowUs() - timeUs) / 1_000
  try {
    const value = await untilAborted(() => source.look(limit.signal), limit.signal)
    return { timeUs, tookMs: tookMs(), value }
  } catch (error) {
    return { timeUs, tookMs: tookMs(), value: null, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Ends when everything is on its way to the disk, or when that has failed (its listener has noted why). */
function close(file: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (file.destroyed) return resolve()
    file.once('close', resolve)
    file.end()
  })
}

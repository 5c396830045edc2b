import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
import { connect as connectSocket, createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/** How fast this machine is just now, ms each; null: could not be measured. A label for figures, and no limit. */
export interface Calibration {
  /** Median of hashing {@link HASHED_BYTES} bytes with SHA-256 on one core. */
  readonly hashMs: number | null
  /** Median of writing a page to the disk of the run and waiting until it is there. */
  readonly fsyncMs: number | null
  /** Median of one byte to a server in this process and back. */
  readonly loopbackMs: number | null
  readonly cpus: number
}

const HASHED_BYTES = 1024 * 1024
const PAGE_BYTES = 8_192
const HASHES = 15
const FSYNCS = 15
const ROUND_TRIPS = 100

/**
 * Measure the machine for some tenths of a second, so that a reader can tell a slow platform from a slow machine (P18).
 * Nothing is judged by it: limits are absolute. Never rejects.
 *
 * @param dir an existing folder on the disk of the run
 */
export async function calibrateMachine(dir: string): Promise<Calibration> {
  const orNull = async (measure: () => Promise<readonly number[]>): Promise<number | null> => {
    try {
      return median(await measure())
    } catch {
      // Not measured, and the label says so.
      return null
    }
  }
  return {
    hashMs: await orNull(async () => hashes()),
    fsyncMs: await orNull(() => fsyncs(dir)),
    loopbackMs: await orNull(roundTrips),
    cpus: availableParallelism(),
  }
}

/** The label, one sentence. */
export function describeCalibration({ hashMs, fsyncMs, loopbackMs, cpus }: Calibration): string {
  const figure = (ms: number | null): string => (ms === null ? 'not measured' : `${Number(ms.toPrecision(2))} ms`)
  return (
    `this machine just before the load: ${cpus} cores; 1 MiB of SHA-256 ${figure(hashMs)}, ` +
    `a page to the disk ${figure(fsyncMs)}, a loopback round trip ${figure(loopbackMs)} (medians; no limit depends on them)`
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] as number
}

function hashes(): readonly number[] {
  const bytes = Buffer.alloc(HASHED_BYTES, 7)
  return Array.from({ length: HASHES }, () => {
    const startedAt = performance.now()
    createHash('sha256').update(bytes).digest()
    return performance.now() - startedAt
  })
}

async function fsyncs(dir: string): Promise<readonly number[]> {
  const path = join(dir, `.calibration-${process.pid}`)
  const page = Buffer.alloc(PAGE_BYTES, 7)
  const took: number[] = []
  const file = await open(path, 'w')
  try {
    for (let write = 0; write < FSYNCS; write += 1) {
      const startedAt = performance.now()
      await file.write(page, 0, page.length, 0)
      await file.sync()
      took.push(performance.now() - startedAt)
    }
  } finally {
    await file.close()
    await rm(path)
  }
  return took
}

async function roundTrips(): Promise<readonly number[]> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connectSocket({ ...(server.address() as { port: number }), host: '127.0.0.1', noDelay: true })
  const took: number[] = []
  try {
    await once(socket, 'connect')
    for (let trip = 0; trip < ROUND_TRIPS; trip += 1) {
      const startedAt = performance.now()
      socket.write('x')
      await once(socket, 'data')
      took.push(performance.now() - startedAt)
    }
  } finally {
    socket.destroy()
    server.close()
  }
  return took
}

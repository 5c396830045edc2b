import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { monotonicClock } from '../clock.ts'
import { createBatchingRecorder } from '../history/event-batches.ts'
import { loadPlatform } from '../platform/load-platform.ts'
import type { Address, FromThread, ThreadTask, ToThread } from './generator-threads.ts'
import { countsOf } from './histogram.ts'
import { buffersOf } from './meter.ts'
import { openShare, type Share } from './play-share.ts'

/*
 * A thread of `generator-threads.ts`: plays one share of the candidates, with a clock, a scheduler, a meter and a watch of
 * its own, and hands on what happens. Whatever it throws ends the day there.
 */

/** A fault waits for what candidates are told, so not longer than the journal lets an event wait for the disk. */
const BATCH_EVERY_MS = 20

const STANDING_EVERY_MS = 1_000

if (parentPort === null) throw new TypeError('this is no program: it is a thread of generator-threads.ts')
await play(workerData as ThreadTask, parentPort)

async function play(task: ThreadTask, port: MessagePort): Promise<void> {
  const tell = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  // The module of the platform is code, which cannot be handed over: every thread loads it for itself.
  const { api } = await loadPlatform(task.platformFile)
  const clock = monotonicClock(task.epoch)
  const recorder = createBatchingRecorder({ clock, maxPendingBytes: task.maxPendingBytes })
  const stop = new AbortController()
  const end = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<number>()
  const emptied = Promise.withResolvers<void>()
  let address: Address = { problem: 'nobody has said yet where the platform is' }
  let ending = false

  const sendBatch = (): void => {
    const batch = recorder.next()
    if (batch !== undefined)
      tell(
        { kind: 'events', batch },
        batch.pages.map(({ buffer }) => buffer),
      )
  }
  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'begin':
        begun.resolve(message.originUs)
        break
      case 'address':
        address = message.address
        break
      case 'taken':
        recorder.taken(message.pages)
        if (!ending) break
        if (recorder.pendingBytes === 0) emptied.resolve()
        else sendBatch()
        break
      case 'stop':
        stop.abort()
        break
      case 'end':
        end.resolve()
        break
    }
  })
  tell({ kind: 'ready' })

  const originUs = await begun.promise
  const share = openShare({
    plan: task.plan,
    exam: task.exam,
    members: task.members,
    originUs,
    api,
    lacks: new Set(task.lacks),
    baseUrl: () => {
      if ('problem' in address) throw new Error(address.problem)
      return address.baseUrl
    },
    ...(task.requestIdPrefix === undefined ? {} : { requestIdPrefix: task.requestIdPrefix }),
    recorder,
    clock,
    signal: stop.signal,
    cpuUsage: () => process.threadCpuUsage(),
  })
  const batches = setInterval(sendBatch, BATCH_EVERY_MS)
  const standings = setInterval(() => tell({ kind: 'standing', standing: standingOf(share) }), STANDING_EVERY_MS)
  await share.play()
  tell({ kind: 'played' })

  // Its windows go on until the last share is done, so that those of all threads are of the same time.
  await end.promise
  clearInterval(standings)
  const result = share.conclude()
  const standing = standingOf(share)
  await share[Symbol.asyncDispose]()
  clearInterval(batches)
  ending = true
  sendBatch()
  await emptied.promise
  const tables = share.meter.tables()
  tell({ kind: 'concluded', result, tables, standing, dropped: recorder.dropped }, buffersOf(tables))
  port.close()
}

function standingOf(share: Share): Extract<FromThread, { readonly kind: 'standing' }>['standing'] {
  const { recent, ...standing } = share.standing()
  return { ...standing, recent: countsOf(recent) }
}

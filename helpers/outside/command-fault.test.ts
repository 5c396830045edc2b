import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ExternalFault } from '../config/external.ts'
import { deadline } from '../deadline.ts'
import type { FaultTarget } from '../faults/fault.ts'
import type { Deadline } from '../host.ts'
import { commandFault } from './command-fault.ts'

/** How often it is asked whether it is ready until nobody waits for it any more. */
const LOOKS = 4

/** A platform that is broken while a file is there. `over`: ended at the last of {@link LOOKS}. */
async function platform(changed: Partial<ExternalFault> = {}, status = 200, over?: AbortController) {
  const dir = await mkdtemp(join(tmpdir(), 'command-fault-'))
  let looks = 0
  const server = createServer((_, response) => {
    looks += 1
    if (looks === LOOKS) over?.abort()
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    server.close()
    await rm(dir, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  const fault: ExternalFault = {
    ...{ name: 'redis-stopped', part: 'redis' },
    ...{ inject: ['touch', 'broken'], felt: ['test', '-e', 'broken'], heal: ['rm', '-f', 'broken'] },
    ...changed,
  }
  return commandFault(fault, { dir, readyUrl: `http://127.0.0.1:${port}/ready` }).on({} as FaultTarget)
}

describe('a fault by commands', () => {
  test('is felt between inject and heal, and its heal may come twice, and first', async () => {
    using limit = deadline(9_000)
    const fault = await platform()
    await fault.heal(limit)
    expect(await fault.wasFelt(limit)).toEqual({ felt: false, proof: 'test -e broken ended with 1' })
    await fault.inject(limit)
    expect(await fault.wasFelt(limit)).toMatchObject({ felt: true })
    await fault.heal(limit)
    await fault.heal(limit)
    expect(await fault.wasFelt(limit)).toMatchObject({ felt: false })
  })

  test('whose command fails, or is not there, is not set', async () => {
    using limit = deadline(9_000)
    const failing = await platform({ inject: ['sh', '-c', 'echo no rights >&2; exit 7'] })
    await expect(failing.inject(limit)).rejects.toMatchObject({ code: 'FAULT_NOT_SET', seen: '7: no rights' })
    const absent = await platform({ inject: ['no-such-program'] })
    await expect(absent.inject(limit)).rejects.toMatchObject({ seen: expect.stringContaining('ENOENT') })
  })

  test('is not healed while it is felt, or the platform is not ready', async () => {
    // Ended at a look, and not at a time: that may come between a look and what it finds.
    const one = new AbortController()
    const still = await platform({ heal: ['true'] }, 200, one)
    await still.inject(one as unknown as Deadline)
    await expect(still.heal(one as unknown as Deadline)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      seen: expect.stringContaining('still felt'),
    })
    const other = new AbortController()
    const unready = await platform({}, 503, other)
    await expect(unready.heal(other as unknown as Deadline)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      seen: expect.stringContaining('503'),
    })
  })

  test.each([
    ['while it is asked for the first time', 1, /^ready, and not known whether it is still felt$/],
    ['while it is asked again', 2, /^ready, and still felt: sh .* ended with 0: as before$/],
  ])('whose time is up %s says what was seen of it, not that all was well', async (_, times, seen) => {
    const dir = await mkdtemp(join(tmpdir(), 'command-fault-asked-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    // Felt each time but the last, which does not end by itself.
    const asking = `echo >> ${dir}/asked; [ $(wc -l < ${dir}/asked) -lt ${times} ] || exec sleep 60; echo as before`
    const over = new AbortController()
    const fault = await platform({ heal: ['true'], felt: ['sh', '-c', asking] })
    const healed = expect(fault.heal(over as unknown as Deadline)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      seen: expect.stringMatching(seen),
    })
    await vi.waitFor(async () => expect(await readFile(`${dir}/asked`, 'utf8')).toBe('\n'.repeat(times)), 9_000)
    over.abort()
    await healed
  })
})

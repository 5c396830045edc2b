import { execFile } from 'node:child_process'
import { request } from 'undici'
import type { ExternalFault } from '../config/external.ts'
import { waitUntil } from '../deadline.ts'
import { RehearsalError } from '../errors.ts'
import { inPassing, NOT_NEEDED, UNREACHABLE } from '../faults/budget.ts'
import type { FaultKind } from '../faults/fault.ts'
import type { Deadline } from '../host.ts'
import { ownRequestId } from '../own-request-id.ts'

const READY_EVERY_MS = 250
const READY_TIMEOUT_MS = 2_000
const OUTPUT_BYTES = 2 ** 20
const SAID_CHARACTERS = 300

/**
 * A fault of a platform outside: commands of whoever runs it break it, mend it, and say whether it is felt. It is healed
 * when its command has said so, it is felt no more, and the platform is ready.
 *
 * @param where.dir folder that commands are run in
 * @param where.readyUrl answers 200 when the platform can serve
 */
export function commandFault(
  { name, part, inject, felt, heal, candidatesNotice = 'interruption' }: ExternalFault,
  { dir, readyUrl }: { readonly dir: string; readonly readyUrl: string },
): FaultKind {
  const must = async (verb: string, command: readonly string[], limit: Deadline): Promise<void> => {
    const { exitCode, said } = await runCommand(command, dir, limit)
    if (exitCode === 0) return
    throw new RehearsalError('FAULT_NOT_SET', {
      expected: `${verb} of ${name} ends with 0: ${command.join(' ')}`,
      seen: `${exitCode}: ${said}`,
      next: 'Run the command by hand, and correct external.faults.',
      service: part,
    })
  }
  const look = async (limit: Deadline): Promise<{ readonly felt: boolean; readonly proof: string }> => {
    const { exitCode, said } = await runCommand(felt, dir, limit)
    return { felt: exitCode === 0, proof: `${felt.join(' ')} ended with ${exitCode}${said === '' ? '' : `: ${said}`}` }
  }
  return {
    name,
    part,
    contract: `What ${inject.join(' ')} does.`,
    candidatesNotice,
    // What its readiness owes meanwhile only whoever runs it could say.
    budget: candidatesNotice === 'nothing' ? inPassing(NOT_NEEDED) : UNREACHABLE,
    on: () => ({
      inject: (limit) => must('inject', inject, limit),
      wasFelt: look,
      async heal(limit) {
        await must('heal', heal, limit)
        let seen = 'nothing yet'
        let lastFelt = 'not known whether it is still felt'
        await waitUntil(
          async () => {
            const ready = await readiness(readyUrl)
            // Said before it is asked: the time may be up meanwhile, and a platform that is ready is not all that is waited for.
            seen = ready === '200' ? `ready, and ${lastFelt}` : ready
            if (ready !== '200') return false
            const { felt: still, proof } = await look(limit)
            lastFelt = `still felt: ${proof}`
            if (still) seen = `ready, and ${lastFelt}`
            return !still
          },
          {
            deadline: limit,
            everyMs: READY_EVERY_MS,
            describe: () => seen,
            expected: `${name} is over`,
            service: part,
          },
        )
      },
    }),
  }
}

async function readiness(url: string): Promise<string> {
  try {
    const { statusCode, body } = await request(url, {
      headers: { 'x-request-id': ownRequestId() },
      signal: AbortSignal.timeout(READY_TIMEOUT_MS),
    })
    await body.dump()
    return String(statusCode)
  } catch (error) {
    // No answer is an answer here: it is not ready.
    return error instanceof Error ? error.message || error.name : String(error)
  }
}

/** Without a shell. A program that is not there, or does not end in time, has the words of the system as what it said. */
function runCommand(
  [program = '', ...args]: readonly string[],
  cwd: string,
  { signal }: Deadline,
): Promise<{ readonly exitCode: number | string; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, signal, maxBuffer: OUTPUT_BYTES }, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim().slice(-SAID_CHARACTERS)
      if (error === null) resolve({ exitCode: 0, said })
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, said })
      else resolve({ exitCode: error.code ?? error.signal ?? 'no code', said: said || error.message })
    })
  })
}

import { RehearsalError } from '../errors.ts'
import type { FaultTarget } from './fault.ts'

/** Say something to Redis from inside its own service, which knows the password. @returns what `redis-cli` printed */
export async function tellRedis(target: FaultTarget, ...command: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await target.services.redis.exec(['redis-cli', '--raw', ...command])
  if (exitCode !== 0) {
    throw new RehearsalError('FAULT_NOT_SET', {
      expected: `redis-cli ${command.join(' ')} exits with 0`,
      seen: `${exitCode}: ${stdout}${stderr}`.trim(),
      next: 'Run the same command inside the container.',
      service: 'Redis',
    })
  }
  return stdout.trim()
}

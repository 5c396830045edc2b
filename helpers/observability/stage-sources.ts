import type { PlatformHealth } from '../platform/exam-platform.ts'
import type { Stage } from '../stage.ts'
import { backendPulse } from './probe-backend.ts'
import { machinePulse } from './probe-machine.ts'
import { postgresPulse, postgresWork } from './probe-postgres.ts'
import { redisPulse } from './probe-redis.ts'
import { usageOf } from './probe-usage.ts'
import type { Sources } from './sampler.ts'
import type { Source } from './source.ts'

/** Every look says why there is nothing to see. */
function nothing(why: string): Source<never> {
  return {
    look: async () => {
      throw new Error(why)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const OUTSIDE = nothing('the platform is rehearsed from outside')

/** Everything there is to look at on a stage, each directly: a fault must never blind the one who watches. */
export function stageSources(stage: Stage, sqlDir: string, { metrics }: Pick<PlatformHealth, 'metrics'>): Sources {
  if (stage.outside !== undefined) {
    const machine = machinePulse(() => stage.machine())
    return { postgres: OUTSIDE, 'postgres-work': OUTSIDE, redis: OUTSIDE, backend: OUTSIDE, usage: OUTSIDE, machine }
  }
  const database = { databaseUrl: () => stage.databaseUrl(), sqlDir }
  return {
    postgres: postgresPulse(database),
    'postgres-work': postgresWork(database),
    redis: redisPulse(() => stage.redisUrl()),
    backend:
      metrics === undefined
        ? nothing('the platform has no metrics of its own')
        : backendPulse(() => `${stage.directUrl()}${metrics}`),
    usage: usageOf(() => stage.usage()),
    machine: machinePulse(() => stage.machine()),
  }
}

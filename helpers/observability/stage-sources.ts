import type { PlatformHealth } from '../platform/exam-platform.ts'
import type { Stage } from '../stage.ts'
import { type BackendPulse, backendPulse } from './probe-backend.ts'
import { machinePulse } from './probe-machine.ts'
import { postgresPulse, postgresWork } from './probe-postgres.ts'
import { redisPulse } from './probe-redis.ts'
import { usageOf } from './probe-usage.ts'
import type { Sources } from './sampler.ts'
import type { Source } from './source.ts'

/** Of a platform without metrics: every look says why there is nothing to see. */
const NOTHING_PUBLISHED: Source<BackendPulse> = {
  look: async () => {
    throw new Error('the platform has no metrics of its own')
  },
  [Symbol.asyncDispose]: async () => undefined,
}

/** Everything there is to look at on a stage, each directly: a fault must never blind the one who watches. */
export function stageSources(stage: Stage, sqlDir: string, { metrics }: Pick<PlatformHealth, 'metrics'>): Sources {
  const database = { databaseUrl: () => stage.databaseUrl(), sqlDir }
  return {
    postgres: postgresPulse(database),
    'postgres-work': postgresWork(database),
    redis: redisPulse(() => stage.redisUrl()),
    backend: metrics === undefined ? NOTHING_PUBLISHED : backendPulse(() => `${stage.directUrl()}${metrics}`),
    usage: usageOf(() => stage.usage()),
    machine: machinePulse(() => stage.machine()),
  }
}

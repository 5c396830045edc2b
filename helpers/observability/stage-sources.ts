import type { Stage } from '../stage.ts'
import { backendPulse } from './probe-backend.ts'
import { postgresPulse, postgresWork } from './probe-postgres.ts'
import { redisPulse } from './probe-redis.ts'
import { usageOf } from './probe-usage.ts'
import type { Sources } from './sampler.ts'

/** Everything there is to look at on a stage, each directly: a fault must never blind the one who watches. */
export function stageSources(stage: Stage, sqlDir: string): Sources {
  const database = { databaseUrl: () => stage.databaseUrl(), sqlDir }
  return {
    postgres: postgresPulse(database),
    'postgres-work': postgresWork(database),
    redis: redisPulse(() => stage.redisUrl()),
    backend: backendPulse(() => stage.directUrl()),
    usage: usageOf(() => stage.usage()),
  }
}

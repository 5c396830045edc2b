import { backendDatabasePartitioned } from './backend-database-partitioned.ts'
import { backendKilled } from './backend-killed.ts'
import { backendPaused } from './backend-paused.ts'
import { backendRestarted } from './backend-restarted.ts'
import { backendRestartedWithoutRedis } from './backend-restarted-without-redis.ts'
import { backendScaledUp } from './backend-scaled-up.ts'
import { backendStartedCold } from './backend-started-cold.ts'
import { backendSweeperStopped } from './backend-sweeper-stopped.ts'
import { backendWorkerKilled } from './backend-worker-killed.ts'
import { backendWorkersReplaced } from './backend-workers-replaced.ts'
import { candidatesSlowNetwork } from './candidates-slow-network.ts'
import type { FaultsByProfile } from './day-with-faults.ts'
import { massDisconnect } from './mass-disconnect.ts'
import { postgresConnectionsCut } from './postgres-connections-cut.ts'
import { postgresConnectionsHalfOpen } from './postgres-connections-half-open.ts'
import { postgresCrashed } from './postgres-crashed.ts'
import { postgresDiskFull } from './postgres-disk-full.ts'
import { postgresHung } from './postgres-hung.ts'
import { postgresMigrationWaiting } from './postgres-migration-waiting.ts'
import { postgresPoolExhausted } from './postgres-pool-exhausted.ts'
import { postgresReadOnly } from './postgres-read-only.ts'
import { postgresRestarted } from './postgres-restarted.ts'
import { postgresSlow } from './postgres-slow.ts'
import { postgresTableLocked } from './postgres-table-locked.ts'
import { redisConnectionsCut } from './redis-connections-cut.ts'
import { redisFlushed } from './redis-flushed.ts'
import { redisHung } from './redis-hung.ts'
import { redisOutOfMemory } from './redis-out-of-memory.ts'
import { redisRefused } from './redis-refused.ts'
import { redisRestartedEmpty } from './redis-restarted-empty.ts'
import { redisSlow } from './redis-slow.ts'
import { requestsCutBeforeServer } from './requests-cut-before-server.ts'
import { responsesLostAfterCommit } from './responses-lost-after-commit.ts'
import { slicedPackets } from './sliced-packets.ts'
import { slowClients } from './slow-clients.ts'

/**
 * Which part of phase 3 plays which faults, and from which profile on. Here and not in the suites, because the entry
 * checks a choice of faults before anything starts. Every fault of the catalogue is played at night (tested).
 */
export const FAULTS_BY_PHASE = {
  '3-faults/redis': {
    smoke: [redisRefused],
    dev: [redisHung],
    nightly: [redisSlow, redisConnectionsCut, redisFlushed, redisOutOfMemory, redisRestartedEmpty],
  },
  '3-faults/postgres': {
    smoke: [postgresCrashed],
    dev: [postgresHung, postgresConnectionsCut],
    nightly: [
      postgresPoolExhausted,
      postgresTableLocked,
      postgresSlow,
      postgresReadOnly,
      postgresRestarted,
      postgresMigrationWaiting,
      postgresDiskFull,
      backendDatabasePartitioned,
      postgresConnectionsHalfOpen,
    ],
  },
  '3-faults/backend': {
    smoke: [backendWorkerKilled],
    dev: [backendKilled],
    nightly: [
      backendRestarted,
      backendPaused,
      backendRestartedWithoutRedis,
      backendWorkersReplaced,
      backendScaledUp,
      backendStartedCold,
      backendSweeperStopped,
    ],
  },
  '3-faults/network': {
    smoke: [candidatesSlowNetwork],
    dev: [responsesLostAfterCommit],
    nightly: [requestsCutBeforeServer, slowClients, slicedPackets, massDisconnect],
  },
} as const satisfies Readonly<Record<string, FaultsByProfile>>

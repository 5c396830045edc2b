import type { Surroundings } from '../surroundings.ts'

/** A machine that lacks nothing and a stage that is empty, for suites that launch no service. */
export const withoutEngine: Surroundings = {
  checkMachine: async () => [],
  engineSilence: async () => undefined,
  sweep: async () => ({ deadRuns: [], livingRuns: [], foreignRuns: [] }),
  startGuardian: async () => ({ keep: () => undefined, [Symbol.asyncDispose]: async () => undefined }),
  assertNothingLeft: async () => undefined,
  removeData: async () => undefined,
  removeRun: async () => ({ containers: 0, networks: 0, volumes: 0, processes: 0 }),
  buildBackend: async () => undefined,
  doctor: async () => 0,
}

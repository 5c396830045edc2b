import { defineRehearsal } from '../../helpers/config/rehearsal-config.ts'

/** Aula, rehearsed: node bin/rehearse.ts run --config examples/other-platform/rehearsal.config.ts --profile smoke */
export default defineRehearsal({
  platform: './platform.ts',
  backend: {
    // examples/other-platform/build makes it.
    image: 'aula:local',
    // Without containers: Debian's Python, and what examples/other-platform/get has unpacked.
    program: ['examples/other-platform/start'],
    port: 7000,
    env: {
      AULA_DATABASE: '{databaseUrl}',
      AULA_REDIS: '{redisUrl}',
      AULA_PORT: '{port}',
      AULA_SECRET: '{env:AULA_SECRET}',
      // A school sits behind one address and logs in once; a rehearsal that repeats log-ins is not what is to be found.
      AULA_LOGINS_PER_MINUTE: '1000',
    },
  },
  machine: { minFreeDiskGB: 5, minFreeMemoryGB: 2 },
  reports: { keepRuns: 100, maxBytes: 5_000_000_000 },
})

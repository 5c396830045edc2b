import { defineRehearsal } from './helpers/config/rehearsal-config.ts'

/**
 * What a rehearsal of your exam day is held to. Flags and REHEARSAL_* variables win over this file. The entry checks it
 * before anything starts and names every mistake at once.
 */
export default defineRehearsal({
  profile: 'dev',
  host: 'auto',
  machine: { minFreeDiskGB: 5, minFreeMemoryGB: 2 },
  // Old runs go, the oldest first; never the newest, one in progress, or the last GO of a profile. The
  // machines of pipelines have about 14 GB free, of which a rehearsal itself wants some.
  reports: { keepRuns: 100, maxBytes: 5_000_000_000 },
  // Absent thresholds stay as the profile has them (helpers/load/profiles.ts).
  thresholds: {},
})

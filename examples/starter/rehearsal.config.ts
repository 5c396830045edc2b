import { defineRehearsal } from '../../helpers/config/rehearsal-config.ts'

/**
 * What is rehearsed, and what it is held to. Everything is checked before anything starts, and every mistake is named at
 * once. docs/configuration.md has every setting, docs/own-backend.md the way from here to a first verdict.
 */
export default defineRehearsal({
  // How your backend is spoken to: its paths, fields and status codes. Leave it out if it speaks the reference's API.
  platform: './platform.ts',

  backend: {
    // An image that the container engine has already (`docker pull`, `docker build`): it is never pulled. By digest, a
    // gate can say that exactly these bits were rehearsed.
    image: 'registry.example/exam/backend:1.0',
    // Where it listens inside of its container, on 0.0.0.0.
    port: 3000,
    env: {
      // The addresses of this rehearsal, through the proxies that break them. There is no other way to data.
      DATABASE_URL: '{databaseUrl}',
      REDIS_URL: '{redisUrl}',
      PORT: '{port}',
      // A secret is named, never written: what is written here is stored with every run.
      // JWT_SECRET: '{env:EXAM_JWT_SECRET}',
    },
  },

  // What a run that says nothing is: smoke (minutes), dev, nightly, release.
  profile: 'smoke',
  // Begin with one phase, and take this line out when it is GO.
  phases: ['2-load'],

  // Limits of your own; what is not named stays as the profile has it.
  thresholds: {
    // smoke: { p95Ms: 300, errorRate: 0.01 },
  },

  // Disk does not fill up: the oldest runs go.
  reports: { keepRuns: 50, maxBytes: 5_000_000_000 },
})

import { expect, test } from 'vitest'
import { isSecretName, missingVariables, namedAddresses, type OwnBackend, ownBackendEnv } from './own-backend.ts'
import { validateConfig } from './rehearsal-config.ts'

const BACKEND: OwnBackend = {
  image: 'registry.example/exam/backend@sha256:0123',
  port: 3000,
  env: {
    PG_URL: '{databaseUrl}?pool=20',
    LISTEN: '0.0.0.0:{port}',
    CACHE: '{redisUrl}',
    JWT_SECRET: '{env:EXAM_JWT_SECRET}',
    MODE: 'production',
    SERVERS: '{workers}',
  },
}
const VALUES = { databaseUrl: 'postgres://proxy/exam', redisUrl: 'redis://proxy', port: '3000', workers: '2' }

const problemsOf = (backend: unknown): readonly string[] => {
  const result = validateConfig({ backend }, 'rehearsal.config.ts')
  return 'problems' in result ? result.problems.map(({ expected, seen }) => `${expected} / ${seen}`).sort() : []
}

test('the environment has the addresses of the stage and the variables of whoever rehearses', () => {
  expect(problemsOf(BACKEND)).toEqual([])
  expect(ownBackendEnv(BACKEND, VALUES, { EXAM_JWT_SECRET: 's3cret' })).toEqual({
    PG_URL: 'postgres://proxy/exam?pool=20',
    LISTEN: '0.0.0.0:3000',
    CACHE: 'redis://proxy',
    JWT_SECRET: 's3cret',
    MODE: 'production',
    SERVERS: '2',
  })
  expect(ownBackendEnv({ image: 'a' }, VALUES, {})).toEqual({})
})

test('beside a variable that is no text all others are still looked at', () => {
  expect(problemsOf({ image: 'a', env: { POOL: 20, DB_PASSWORD: 'hunter2', URL: '{database}' }, port: 0 })).toEqual([
    expect.stringMatching(/^default\.backend\.env\.DB_PASSWORD: a secret by its name only/),
    'default.backend.env.POOL: a text / 20',
    expect.stringMatching(/^default\.backend\.env\.URL: no other placeholders/),
    'default.backend.port: at least 1 / 0',
  ])
  expect(problemsOf({ image: 'a', env: 'POOL=20' })).toHaveLength(1)
  expect(problemsOf({ image: 'a', env: null })).toHaveLength(1)
})

test('a variable that is not set is named before anything starts, and never becomes an empty secret', () => {
  expect(missingVariables(BACKEND, {})).toEqual(['EXAM_JWT_SECRET'])
  expect(missingVariables(BACKEND, { EXAM_JWT_SECRET: '' })).toEqual(['EXAM_JWT_SECRET'])
  expect(missingVariables(BACKEND, { EXAM_JWT_SECRET: 'x' })).toEqual([])
  expect(() => ownBackendEnv(BACKEND, VALUES, {})).toThrow('EXAM_JWT_SECRET is not set')
})

test('a variable with the address of a database or Redis never gets on stage', () => {
  const env = { PG_URL: '{env:DB}', CACHE: '{env:SCHEME}://{env:CACHE_HOST}', OWN: '{databaseUrl}?name={env:NAME}' }
  const backend: OwnBackend = { image: 'a', env }
  const real = { DB: 'postgresql+asyncpg://u:p@prod/exam', SCHEME: 'rediss', CACHE_HOST: 'cache', NAME: 'exam' }
  expect(namedAddresses(backend, real)).toEqual([
    { name: 'PG_URL', variables: ['DB'] },
    { name: 'CACHE', variables: ['SCHEME', 'CACHE_HOST'] },
  ])
  expect(namedAddresses(backend, { ...real, DB: '5', SCHEME: 'https' })).toEqual([])
  expect(namedAddresses(backend, {})).toEqual([])
  expect(() => ownBackendEnv(backend, VALUES, real)).toThrow('PG_URL: DB leads past the stage')
})

test.each([
  ...[
    'JWT_SECRET',
    'DB_PASSWORD',
    'DB_PASS',
    'SMTP_PASS2',
    'PWD',
    'DB_PWD',
    'DBPWD',
    'API_TOKEN',
    'dbPass',
    'PASSPHRASE',
  ],
  ...['SIGNING_KEY', 'ENCRYPTION_KEYS', 'KEY', 'APIKEY', 'signingKey', 'PRIVATE_KEY', 'AWS_SECRET_ACCESS_KEY'],
  ...['SENTRY_DSN', 'DSN', 'HASH_SALT', 'PASSWORD_SALT'],
])('%s is the name of a secret', (name) => {
  expect(isSecretName(name)).toBe(true)
})

test.each([
  ...[
    'JWT_PUBLIC_KEY',
    'STRIPE_PUBLISHABLE_KEY',
    'RECAPTCHA_SITE_KEY',
    'KEY_PREFIX',
    'KEY_ID',
    'SORT_KEY',
    'KEYCLOAK_URL',
  ],
  ...['PASS_MARK', 'BYPASS', 'COMPASS', 'SALT_ROUNDS', 'MONKEY', 'POOL', 'PG_URL', 'DNS', 'port'],
])('%s is none', (name) => {
  expect(isSecretName(name)).toBe(false)
})

test('an address with a password is a secret, whatever its name, and is not repeated', () => {
  const url = 'amqp://exam:hunter2@queue/exams'
  const told = problemsOf({
    image: 'a',
    env: { QUEUE: url, OWN: 'amqp://exam:{env:QUEUE_PASS}@queue', WEB: 'http://web:80/@a' },
  })
  expect(told).toEqual([
    expect.stringMatching(/^default\.backend\.env\.QUEUE: a secret by its name only, \{env:NAME\}/),
  ])
  const database = problemsOf({ image: 'a', env: { PG_URL: 'postgres://exam:hunter2@db/exam' } })
  expect(database).toEqual([expect.stringContaining('env.PG_URL: no address of a database')])
  expect([...told, ...database].join()).not.toContain('hunter2')
})

test('everything wrong with it is said at once', () => {
  expect(
    problemsOf({
      image: 'two words',
      command: [],
      port: 70_000,
      env: { 'NO-NAME': 'x', URL: '{database}', DB_PASSWORD: 'hunter2', API_KEY: '{env:KEY}-suffix' },
      readyPath: '/',
    }),
  ).toEqual([
    'default.backend.command: at least 1 / []',
    'default.backend.env.API_KEY: a secret by its name only, {env:NAME}: what is written here is stored with every run / something else, which is not repeated here',
    'default.backend.env.DB_PASSWORD: a secret by its name only, {env:NAME}: what is written here is stored with every run / something else, which is not repeated here',
    'default.backend.env.NO-NAME: the name of an environment variable / "x"',
    'default.backend.env.URL: no other placeholders than {databaseUrl}, {redisUrl}, {port}, {workers} and {env:NAME}, but there is {database} / "{database}"',
    'default.backend.image: the name of an image / "two words"',
    'default.backend.port: at most 65535 / 70000',
    'default.backend: no other keys than the known ones / readyPath',
  ])
})

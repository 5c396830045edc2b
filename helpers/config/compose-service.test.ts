import { describe, expect, test } from 'vitest'
import { composeService } from './compose-service.ts'

const service = (text: string, own: Record<string, string> = {}) => {
  const read = composeService(text, 'api', own)
  if ('problems' in read) throw new Error(read.problems.join('; '))
  return read.service
}
const problems = (text: string) => {
  const read = composeService(text, 'api', {})
  return 'problems' in read ? read.problems : []
}

describe('a service of a compose file', () => {
  test('gives image, command, port and environment, with the addresses of the stage', () => {
    const text = `
services:
  db: { image: "postgres:16" }
  api:
    image: registry.example/exam/api:\${TAG:-latest}
    command: node server.js --port 3000
    ports: ["127.0.0.1:8080:3000"]
    environment:
      DATABASE_URL: postgresql+asyncpg://exam:secret@db:5432/exam
      CACHE: redis://cache:6379/0
      JWT_SECRET: \${EXAM_JWT_SECRET}
      PRICE: 5$$
      POOL: 20
      FROM_OUTSIDE:
    depends_on: [db]
    restart: always
`
    expect(service(text)).toEqual({
      image: 'registry.example/exam/api:latest',
      command: ['node', 'server.js', '--port', '3000'],
      port: 3000,
      env: {
        DATABASE_URL: '{databaseUrl}',
        CACHE: '{redisUrl}',
        JWT_SECRET: '{env:EXAM_JWT_SECRET}',
        PRICE: '5$',
        POOL: '20',
        FROM_OUTSIDE: '{env:FROM_OUTSIDE}',
      },
      leftOut: ['depends_on', 'restart'],
    })
  })

  test('may be built, and have its environment as a list', () => {
    const text = `
services:
  api:
    build: { context: ./api, dockerfile: ci/Dockerfile, args: { NODE: "24" } }
    command: ["sh", "-c", "exec node ."]
    expose: [8000]
    environment: [POOL=20, "URL=rediss://x", MODE]
`
    expect(service(text)).toEqual({
      build: { context: './api', dockerfile: 'ci/Dockerfile', args: { NODE: '24' } },
      command: ['sh', '-c', 'exec node .'],
      port: 8000,
      env: { POOL: '20', URL: '{redisUrl}', MODE: '{env:MODE}' },
      leftOut: [],
    })
    expect(service('services: { api: { build: . } }')).toMatchObject({ build: { context: '.', args: {} } })
  })

  test('a default is taken by who has not set the variable', () => {
    const text = `services: { api: { image: "a", environment: { A: "\${A:-one}", B: "\${B-two}" } } }`
    expect(service(text).env).toEqual({ A: 'one', B: 'two' })
    expect(service(text, { A: '', B: '' }).env).toEqual({ A: 'one', B: '{env:B}' })
    expect(service(text, { A: 'x', B: 'y' }).env).toEqual({ A: '{env:A}', B: '{env:B}' })
  })

  test('the address of a database that comes by a variable or its default is that of the stage, too', () => {
    const text = `
services:
  api:
    image: a
    environment:
      DATABASE_URL:
      READ_URL: \${READ_URL}
      CACHE_URL: \${CACHE_URL:-redis://cache:6379}
      QUEUE_URL: \${SCHEME}://queue
      POOL: \${POOL}
`
    const own = { DATABASE_URL: 'postgres://u:p@prod/exam', READ_URL: 'postgresql://prod/exam', SCHEME: 'rediss' }
    expect(service(text, own).env).toEqual({
      DATABASE_URL: '{databaseUrl}',
      READ_URL: '{databaseUrl}',
      CACHE_URL: '{redisUrl}',
      QUEUE_URL: '{redisUrl}',
      POOL: '{env:POOL}',
    })
    expect(service(text).env).toMatchObject({ DATABASE_URL: '{env:DATABASE_URL}', READ_URL: '{env:READ_URL}' })
  })

  test('settings that it shares with others are its own', () => {
    const text = `
x-base: &base
  image: exam/api:1
  environment: &common { POOL: 20, MODE: shared }
services:
  api:
    <<: *base
    environment: { <<: *common, MODE: own }
`
    expect(service(text)).toMatchObject({ image: 'exam/api:1', env: { POOL: '20', MODE: 'own' }, leftOut: [] })
  })

  test('image, command, paths and arguments of a build have their variables, too', () => {
    const own = { TAG: '7', SERVERS: '4', SOURCE: 'api', NPM_TOKEN: 'opens-every-door', NODE: '24', STAGE: 'ci' }
    const image = `services: { api: { image: "exam/api:\${TAG}", command: [serve, "-w", "$SERVERS", "5$$", "\${P:-80}"] } }`
    expect(service(image, own)).toMatchObject({ image: 'exam/api:7', command: ['serve', '-w', '4', '5$', '80'] })
    const build = `
services:
  api:
    build:
      context: ./\${SOURCE}
      dockerfile: \${STAGE}/Dockerfile
      args: { NPM_TOKEN: , NODE: "\${NODE:-22}", LANG: "\${LANG:-de}", ABSENT: , PRICE: 5$$ }
      cache_from: [exam/api:latest]
      x-note: ours
`
    expect(service(build, own)).toMatchObject({
      build: {
        context: './api',
        dockerfile: 'ci/Dockerfile',
        // Only when it is built, so that neither its name nor anything stored holds the value.
        args: { NPM_TOKEN: '{env:NPM_TOKEN}', NODE: '{env:NODE}', LANG: 'de', PRICE: '5$' },
      },
      leftOut: ['build.cache_from', 'build.x-note'],
    })
  })

  test.each([
    ['services: [', /^no YAML/],
    ['services: { web: { image: a } }', /^no service api; there are web$/],
    ['services: { api: { command: [a] } }', /image or build: neither is there/],
    ['services: { api: { image: a, entrypoint: [b] } }', /entrypoint: cannot be used/],
    ['services: { api: { image: a, env_file: .env } }', /env_file: cannot be used/],
    [`services: { api: { image: a, command: 'sh -c "a b"' } }`, /command: a list/],
    ['services: { api: { image: a, ports: ["3000-3005"] } }', /ports: one port/],
    [`services: { api: { image: a, environment: { A: "\${A:?needed}" } } }`, /environment.A: no other interpolation/],
    [`services: { api: { image: "a:\${TAG}" } }`, /^services.api.image: TAG is not set$/],
    [`services: { api: { image: "a:\${TAG:?needed}" } }`, /image: no other interpolation/],
    [`services: { api: { image: a, command: [a, "$A"] } }`, /command: A is not set/],
    [`services: { api: { image: a, command: [a, "$API_TOKEN"] } }`, /command: no secret, .* API_TOKEN/],
    ['services: { api: { image: a, command: [a, "redis://b"] } }', /command: no address of a database or Redis/],
    ['services: { api: { build: { target: dev } } }', /build.target: cannot be used/],
    ['services: { api: { build: { dockerfile_inline: "FROM a" } } }', /build.dockerfile_inline: cannot be used/],
    ['services: { api: { build: { additional_contexts: [a=b] } } }', /build.additional_contexts: cannot be used/],
    ['services: { api: { build: { args: 5 } } }', /build.args: names with values/],
    [`services: { api: { build: { args: { A: "\${A}" } } } }`, /build.args.A: A is not set/],
    ['services: { api: { build: { args: { A: "postgres://a/b" } } } }', /build.args.A: no address of a database/],
    ['services: { api: { build: { args: { NPM_TOKEN: abc } } } }', /build.args.NPM_TOKEN: a secret by its name only/],
    ['services: { api: { build: { args: [INDEX=https://a:b@pypi] } } }', /build.args.INDEX: a secret by its name only/],
    ['services: { api: { image: a, command: [a, "amqp://b:c@d"] } }', /command: no address with a password/],
  ])('what cannot be used is said: %s', (text, words) => {
    expect(problems(text).join('\n')).toMatch(words)
  })
})

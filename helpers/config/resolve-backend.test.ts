import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BackendSource } from './own-backend.ts'
import { resolveBackend } from './resolve-backend.ts'

async function resolved(source: BackendSource, files: Readonly<Record<string, string>> = {}) {
  const dir = join(await mkdtemp(join(tmpdir(), 'backend-')), 'platform')
  onTestFinished(() => rm(dirname(dir), { recursive: true }))
  for (const [name, text] of Object.entries({ ...files, '.keep': '' })) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), text)
  }
  const found = await resolveBackend(source, dir, {})
  if ('problems' in found) throw new Error(found.problems.map(({ expected }) => expected).join('; '))
  return { dir, ...found.resolved }
}

describe('where the backend comes from', () => {
  test('an image stays as it is', async () => {
    expect(await resolved({ image: 'a:1', port: 80 })).toMatchObject({ backend: { image: 'a:1', port: 80 }, notes: [] })
  })

  test('a Dockerfile is built from its folder, or from the context that is named', async () => {
    const files = { 'api/ci/Dockerfile': 'FROM scratch\n' }
    const one = await resolved({ dockerfile: './api/ci/Dockerfile', port: 3000 }, files)
    expect(one.build).toEqual({ context: join(one.dir, 'api', 'ci'), dockerfile: 'Dockerfile', args: {} })
    expect(one.backend).toEqual({
      image: expect.stringMatching(/^exam-rehearsal\/own-backend:[0-9a-f]{16}$/),
      port: 3000,
    })
    const other = await resolved({ dockerfile: './api/ci/Dockerfile', context: './api' }, files)
    expect(other.build).toMatchObject({ context: join(other.dir, 'api'), dockerfile: 'ci/Dockerfile' })
    // Wherever the checkout lies, and whatever its context.
    expect(other.backend.image).toBe(one.backend.image)
    await expect(resolved({ dockerfile: './api/ci/Dockerfile', context: './other' }, files)).rejects.toThrow(
      'below its context',
    )
  })

  test('a compose file says less than the configuration itself', async () => {
    const files = {
      'compose.yaml': `
services:
  api:
    image: exam/api:1
    command: [serve]
    ports: ["80:8000"]
    environment: { DB: "postgres://db/exam", JWT_SECRET: in-clear, POOL: "5" }
    volumes: ["./data:/data"]
`,
    }
    const compose = { file: './compose.yaml', service: 'api' }
    await expect(resolved({ compose }, files)).rejects.toThrow(
      /a secret by its name only.*backend.env.JWT_SECRET replaces it/,
    )
    const found = await resolved({ compose, port: 9000, env: { JWT_SECRET: '{env:S}', POOL: '9' } }, files)
    expect(found.backend).toEqual({
      image: 'exam/api:1',
      command: ['serve'],
      port: 9000,
      env: { DB: '{databaseUrl}', JWT_SECRET: '{env:S}', POOL: '9' },
    })
    expect(found.notes.join()).toMatch(/PostgreSQL and Redis are the stage's own; left out: volumes/)
  })

  test('a compose file may have its image built', async () => {
    const files = {
      'deploy/compose.yaml': 'services: { api: { build: { context: ../api, args: { V: 1 } } } }',
      'api/Dockerfile': 'FROM scratch\n',
    }
    const found = await resolved({ compose: { file: './deploy/compose.yaml', service: 'api' } }, files)
    expect(found.build).toEqual({ context: join(found.dir, 'api'), dockerfile: 'Dockerfile', args: { V: '1' } })
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { containerEngine } from '../fixtures/hosts/engine.ts'
import { RUN_LABEL } from '../fixtures/hosts/labels.ts'
import { type RunVerdict, runVerdictSchema } from '../helpers/run-verdict.ts'

/* The entry on a real engine: what a run leaves behind is found, told and removed. */

const HERE = fileURLToPath(new URL('.', import.meta.url))
const GONE_WITHIN_MS = 30_000

async function startOnEngine(suites: string, env: Readonly<Record<string, string>> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'rehearse-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const latest = join(dir, 'reports', 'latest')
  const args = [join(HERE, 'testing', 'suites', suites), join(dir, 'reports', 'runs'), 'run', '--profile', 'smoke']
  const child = spawn(process.execPath, [join(HERE, 'testing', 'rehearse-on-engine.ts'), ...args], {
    // Not our own environment: a program that Vitest runs believes to be a test.
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...engineEnv(), ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  return {
    child,
    latest,
    reports: join(dir, 'reports'),
    output: () => output,
    ended: once(child, 'close').then(([code]) => code as number | null),
    verdict: async (): Promise<RunVerdict> =>
      runVerdictSchema.parse(JSON.parse(await readFile(join(latest, 'verdict.json'), 'utf8'))),
  }
}

function engineEnv(): Record<string, string> {
  const names = ['DOCKER_HOST', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY', 'TESTCONTAINERS_RYUK_DISABLED']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function networksOf(runId: string): Promise<number> {
  const { docker } = await containerEngine()
  return (await docker.listNetworks({ filters: { label: [`${RUN_LABEL}=${runId}`] } })).length
}

test('a run that leaves nothing behind is GO', async () => {
  const run = await startOnEngine('passing')
  expect(await run.ended, run.output()).toBe(0)
  expect(run.output()).toMatch(/^host {4}containers: a container engine answers \(auto\)/)
})

test('data that a phase leaves for the end of the run is removed then, and is nothing to be told', async () => {
  const run = await startOnEngine('leaves-data')
  expect(await run.ended, run.output()).toBe(0)
  const { docker } = await containerEngine()
  const { runId } = await run.verdict()
  const { Volumes: volumes } = await docker.listVolumes({ filters: { label: [`${RUN_LABEL}=${runId}`] } })
  expect(volumes ?? []).toEqual([])
})

test('what is left behind is told, makes the run INCONCLUSIVE, and is removed', async () => {
  const run = await startOnEngine('leaves-network')
  expect(await run.ended, run.output()).toBe(2)
  const verdict = await run.verdict()
  expect(verdict.problems).toEqual([
    {
      kind: 'left-behind',
      message: expect.stringMatching(/LEFT_BEHIND[\s\S]*network forgotten-[\s\S]*volume forgotten-/),
    },
  ])
  expect(run.output()).toContain('LEFT_BEHIND')
  expect(await networksOf(verdict.runId)).toBe(0)
})

test('an entry that is killed leaves an INCONCLUSIVE verdict, and its guardian removes the stage', async () => {
  const run = await startOnEngine('dies-with-network')
  while (!existsSync(join(run.latest, 'begun'))) {
    if (run.child.exitCode !== null) throw new Error(run.output())
    await sleep(50)
  }
  const { runId } = await run.verdict()
  expect(await networksOf(runId)).toBe(1)
  run.child.kill('SIGKILL')
  await run.ended
  expect(await run.verdict()).toMatchObject({ verdict: 'INCONCLUSIVE', finishedAt: null })
  const giveUpAtMs = performance.now() + GONE_WITHIN_MS
  while ((await networksOf(runId)) > 0 && performance.now() < giveUpAtMs) await sleep(200)
  expect(await networksOf(runId)).toBe(0)
})

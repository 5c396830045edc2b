import { expect, test } from 'vitest'
import { PROFILES } from '../load/profiles.ts'
import { configHash } from './config-hash.ts'

const { dev } = PROFILES

test('is the same for the same settings in another order', () => {
  const reversed = Object.fromEntries(Object.entries(dev).reverse()) as unknown as typeof dev
  expect(configHash(reversed, 'containers')).toBe(configHash(dev, 'containers'))
  expect(configHash(dev, 'containers')).toMatch(/^[0-9a-f]{64}$/)
})

test('is another one for another threshold, population, host or backend', () => {
  const hashes = [
    configHash(dev, 'containers'),
    configHash(dev, 'processes'),
    configHash(dev, 'containers', { faults: ['redis-refused'] }),
    configHash(dev, 'containers', { backend: { image: 'exam/backend:1' } }),
    configHash(dev, 'containers', { backend: { image: 'exam/backend:1', env: { POOL: '20' } } }),
    configHash(dev, 'containers', { platform: { hash: 'a' } }),
    configHash(dev, 'containers', { platform: { hash: 'b' } }),
    configHash(dev, 'containers', { ownInvariants: { hash: 'a' } }),
    configHash({ ...dev, candidates: dev.candidates + 1 }, 'containers'),
    configHash({ ...dev, thresholds: { ...dev.thresholds, p95Ms: dev.thresholds.p95Ms + 1 } }, 'containers'),
  ]
  expect(new Set(hashes).size).toBe(10)
})

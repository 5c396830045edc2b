import { expect, test } from 'vitest'
import { type Band, namesOfBands } from './draw-chart.ts'

const PLOT_PX = 890

function namesAt(...middles: readonly number[]): readonly (string | undefined)[] {
  const faults = middles.map((middle, index) => ({
    middle,
    band: { number: index + 1, name: 'redis-refused', fromS: 0, toS: 1, kind: 'fault' } satisfies Band,
  }))
  const names = namesOfBands(faults, PLOT_PX)
  return faults.map(({ band }) => names.get(band))
}

test('a fault that has room is named', () => {
  expect(namesAt(200, 500)).toEqual(['1 redis-refused', '2 redis-refused'])
})

test('where a neighbour or the edge is too near, the number stands alone', () => {
  expect(namesAt(200, 260, 600)).toEqual(['1', '2', '3 redis-refused'])
  expect(namesAt(10, 880)).toEqual(['1', '2'])
})

test('faults of the same time share one place', () => {
  expect(namesAt(200, 200, 500)).toEqual(['1, 2', undefined, '3 redis-refused'])
  expect(namesAt(300, 204, 216, 200)).toEqual(['1', undefined, undefined, '4, 2, 3'])
})

import { expect, test } from 'vitest'
import { oncePer } from './once-per.ts'

test('a fold is computed once per object, also when it gives undefined, and anew for another', () => {
  const seen: object[] = []
  const fold = oncePer((key: { readonly value: number | undefined }) => {
    seen.push(key)
    return key.value
  })
  const [one, other] = [{ value: undefined }, { value: 2 }]
  expect([fold(one), fold(one), fold(other), fold(other), fold({ value: 3 })]).toEqual([undefined, undefined, 2, 2, 3])
  expect(seen).toHaveLength(3)
})

import { expect, test } from 'vitest'
import { sourceComments } from './source-comments.ts'

const SOURCE = `
const inner = z.strictObject({
  /** How many. */
  count: z.int().exactOptional(),
})

/** All of it. */
export const outer = z.strictObject({
  /**
   * What is
   * inside.
   */
  inside: z
    .strictObject({
      /** A name. */
      name: z.string(),
      bare: z.string(),
    })
    .exactOptional(),
  other: inner.exactOptional(),
})

export interface Shape {
  /** Where it is. */
  readonly where?: string
  /** Goes there. */
  go(to: string): void
}
`

test('a field has the comment above it and the fields below it', () => {
  const found = sourceComments(SOURCE)
  expect([...found.keys()]).toEqual(['inner', 'outer', 'Shape'])
  const inside = found.get('outer')?.get('inside')
  expect(inside?.comment).toBe('What is inside.')
  expect(inside?.fields.get('name')?.comment).toBe('A name.')
  expect(inside?.fields.get('bare')?.comment).toBeUndefined()
  expect(found.get('outer')?.get('other')?.value).toContain('inner')
  expect(found.get('inner')?.get('count')?.comment).toBe('How many.')
  expect(found.get('Shape')?.get('where')?.comment).toBe('Where it is.')
  expect(found.get('Shape')?.get('go')?.comment).toBe('Goes there.')
})

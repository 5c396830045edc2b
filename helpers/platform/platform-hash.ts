import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** What a module imports by a path of its own: `from './api.ts'`, `import('../x.ts')`. */
const RELATIVE_IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/**
 * SHA-256, hex, of what an adapter is made of: the module, everything beside or below it that it imports, and the files
 * of its schema mapping, each by its name and text. What was rehearsed with another adapter was another rehearsal. Files
 * elsewhere are the project's own, and on record by its commit.
 *
 * @param file the module, absolute
 * @param schema folder of the mapping, absolute
 * @throws what the file system throws
 */
export async function platformHash(file: string, schema?: string): Promise<string> {
  const root = dirname(file)
  const texts = new Map<string, string>()
  const open = [file]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (texts.has(relative(root, next))) continue
    const text = await readFile(next, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && next !== file) return undefined
      throw error
    })
    // Named in a comment, or for its types only: the module could be loaded without it.
    if (text === undefined) continue
    texts.set(relative(root, next), text)
    for (const [, specifier = ''] of text.matchAll(RELATIVE_IMPORT)) {
      const imported = resolve(dirname(next), specifier)
      if (imported.startsWith(root + sep)) open.push(imported)
    }
  }
  if (schema !== undefined) {
    for (const entry of await readdir(schema, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      texts.set(relative(root, path), await readFile(path, 'utf8'))
    }
  }
  const hash = createHash('sha256')
  for (const [name, text] of [...texts].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(JSON.stringify([name, text]))
  }
  return hash.digest('hex')
}

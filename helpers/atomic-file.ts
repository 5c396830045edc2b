import { randomUUID } from 'node:crypto'
import { rename, rm, symlink, writeFile } from 'node:fs/promises'

/**
 * Write `text` to `path` so that a reader sees the old file or the new one, never half of one, even when the writer is
 * killed in between. Throws what the file system throws; the file at `path` is then untouched.
 */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  await replaceAtomically(path, (temporary) => writeFile(temporary, text))
}

/** Point the symbolic link `path` at `target`, atomically: at no instant is there no link or yesterday's beside it. */
export async function linkAtomically(path: string, target: string): Promise<void> {
  await replaceAtomically(path, (temporary) => symlink(target, temporary))
}

async function replaceAtomically(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await make(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

import { join } from 'node:path'

/** Beside what Vitest keeps: out of version control, and gone with the packages. */
const CACHE_DIR = join(import.meta.dirname, '..', '..', 'node_modules', '.compile-cache')

/**
 * Environment with which a program of ours, and each of its threads, compiles only what none before it compiled: a third
 * less processor time to its start, which is most of what a test costs that starts one after another. Node checks what it
 * finds there. The tests run with it; one that hands its program another environment than its own adds it.
 */
export const COMPILE_CACHE: Readonly<Record<string, string>> = { NODE_COMPILE_CACHE: CACHE_DIR }

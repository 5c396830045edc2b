import { rehearse } from '../rehearse-command.ts'
import { withoutEngine } from './without-engine.ts'

/*
 * The entry with other suites, another folder for runs and no engine, as a program of its own, so that tests can signal
 * it: node rehearse-elsewhere.ts <suites folder> <runs folder> <arguments of the entry...>
 */
const [suitesDir, runsDir, ...argv] = process.argv.slice(2)
if (suitesDir === undefined || runsDir === undefined) throw new TypeError('usage: <suites folder> <runs folder> ...')
process.exit(await rehearse(argv, process.env, { suitesDir, runsDir, surroundings: async () => withoutEngine }))

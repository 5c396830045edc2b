import { rehearse } from '../rehearse-command.ts'

/* The entry with other suites and another folder for runs: <suites folder> <runs folder> <arguments of the entry...> */
const [suitesDir, runsDir, ...argv] = process.argv.slice(2)
if (suitesDir === undefined || runsDir === undefined) throw new TypeError('usage: <suites folder> <runs folder> ...')
process.exit(await rehearse(argv, process.env, { suitesDir, runsDir }))

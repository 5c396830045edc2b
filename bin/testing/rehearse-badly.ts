import { checkMachine } from '../../fixtures/machine-needs.ts'
import { rehearse } from '../rehearse-command.ts'
import { withoutEngine } from './without-engine.ts'

/* The entry with the real check of the machine and a configuration file from TEST_CONFIG: <runs folder> <arguments...> */
const [runsDir, ...argv] = process.argv.slice(2)
const configFile = process.env.TEST_CONFIG
if (runsDir === undefined || configFile === undefined) throw new TypeError('usage: TEST_CONFIG=... <runs folder> ...')
const surroundings = async () => ({ ...withoutEngine, checkMachine })
process.exit(await rehearse(argv, process.env, { runsDir, configFile, surroundings }))

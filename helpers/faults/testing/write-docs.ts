import { readFile, writeFile } from 'node:fs/promises'
import { FAULTS } from '../catalogue.ts'
import { withCatalogue } from '../describe-catalogue.ts'

/** `node helpers/faults/testing/write-docs.ts`: bring the catalogue in docs/faults.md up to date. */
const PAGE = new URL('../../../docs/faults.md', import.meta.url)

await writeFile(PAGE, withCatalogue(await readFile(PAGE, 'utf8'), FAULTS))

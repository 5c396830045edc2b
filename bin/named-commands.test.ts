import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../helpers/load/profiles.ts'
import { parseArguments } from './arguments.ts'
import { parseGateArguments } from './gate-command.ts'
import { commandsIn, wrongWith } from './testing/named-commands.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const WORKFLOWS = '.github/workflows'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const namesIn = (folder: string, extension: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name))

describe('what people and pipelines are told to run can be run', () => {
  test.each([...namesIn(WORKFLOWS, '.yml'), 'README.md', ...namesIn('docs', '.md')])('%s', (path) => {
    expect(commandsIn(read(path)).flatMap((command) => wrongWith(command).map((why) => `${command}: ${why}`))).toEqual(
      [],
    )
  })

  test('the commands of the workflows are found', () => {
    expect(commandsIn(read(`${WORKFLOWS}/nightly.yml`))).toContain('./bootstrap test:rehearsal --profile nightly')
    expect(read(`${WORKFLOWS}/ci.yml`)).toContain('run: .ci/run\n')
    expect(read('.ci/run')).toContain('./bootstrap test:rehearsal --profile smoke')
  })

  test('the release workflow asks its gate, last of all, for the profile that it has rehearsed', () => {
    const commands = commandsIn(read(`${WORKFLOWS}/release.yml`))
    const [script, ...played] = (commands[0] ?? '').split(' ').slice(1)
    const [rehearse, gate, ...asked] = (commands.at(-1) ?? '').split(' ').slice(1)
    expect([script, rehearse, gate]).toEqual(['test:rehearsal', 'rehearse', 'gate'])
    expect(parseArguments(['run', ...played], {}, {})).toMatchObject({
      problems: [],
      request: { profile: PROFILES.release.name },
    })
    const values: Readonly<Record<string, string>> = {
      '"$IMAGE_DIGEST"': `sha256:${'0'.repeat(64)}`,
      '"$MAX_AGE"': '7d',
    }
    expect(parseGateArguments(asked.map((word) => values[word] ?? word))).toMatchObject({
      profile: PROFILES.release.name,
    })
  })
})

describe('what cannot be run is noticed', () => {
  test.each([
    ['pnpm rehearsal', 'package.json has no script rehearsal'],
    ['./bootstrap test:rehearse --profile smoke', 'package.json has no script test:rehearse'],
    ['./bootstrap test:rehearsal --profile night', 'night'],
    ['pnpm test:rehearsal --profiles smoke', '--profiles'],
    ['node bin/rehearse.ts rum --seed 7', 'knows no command "rum"'],
    ['pnpm rehearse gate --image-digest "$DIGEST"', '--max-age is a number of m, h or d'],
    ['pnpm rehearse gate --image-digest $DIGEST --max-age 7d --profile smoke', 'smoke asks less'],
    ['pnpm rehearse metrics --database …', 'knows no --database'],
    ['pnpm test:detection --every', 'knows no --every'],
    ['pnpm test:unit --only 2-load', 'test:unit is not known to take --only'],
    ['pnpm doctor', 'pnpm run doctor'],
    ['node bin/gone.ts', 'bin/gone.ts cannot be read'],
  ])('%s', (command, why) => {
    expect(wrongWith(command).join('\n')).toContain(why)
  })

  test.each([
    [
      '      - run: ./bootstrap test:rehearsal --profile nightly # at night\n',
      './bootstrap test:rehearsal --profile nightly',
    ],
    [
      '      - run: |\n          pnpm rehearse gate --max-age $' + '{{ inputs.age }}\n',
      'pnpm rehearse gate --max-age $INPUT',
    ],
    ['```sh\npnpm rehearse verify latest; echo $?\n```', 'pnpm rehearse verify latest'],
    ['Then `node bin/rehearse.ts doctor`, which only looks.', 'node bin/rehearse.ts doctor'],
  ])('a command is found in %j', (text, command) => {
    expect(commandsIn(text)).toEqual([command])
  })
})

import { test } from 'vitest'

test('passes and delivers nothing', () => undefined)

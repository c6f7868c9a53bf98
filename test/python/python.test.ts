import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scratchFolder } from '../../src/testing.ts'
import { runToEnd, testEnvironment } from '../venv.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const flights = join(root, 'examples', 'flights')
const sdk = join(root, 'sdk', 'python')
const locks = ['requirements.lock', 'requirements-dev.lock'].map((name) => join(flights, name))

type Check = { title: string; folder: string; run: readonly string[] }

const checksOf = (name: string, folder: string): Check[] => [
  {
    title: `${name} keeps what its tests say`,
    folder,
    run: ['python', '-m', 'unittest', 'discover', 'tests'],
  },
  { title: `${name} is clean for ruff`, folder, run: ['ruff', 'check', '--no-cache', '.'] },
  { title: `${name} is formatted`, folder, run: ['ruff', 'format', '--check', '--no-cache', '.'] },
  { title: `${name} is typed, strictly`, folder, run: ['mypy', '--strict', 'src', 'tests'] },
]

const checks = [...checksOf('the Python package', sdk), ...checksOf('the example', flights)]

test('Python code', async (t) => {
  const environment = await testEnvironment(t, { name: 'python code', locks })
  if (environment === undefined) return
  const scratch = await scratchFolder(t)
  for (const { title, folder, run } of checks)
    await t.test(title, async () => {
      const [program = '', ...rest] = run
      const ended = await runToEnd([join(environment.bin, program), ...rest], {
        cwd: folder,
        env: {
          PYTHONPATH: ['src', join(sdk, 'src')].join(':'),
          // The checkout stays as it was: what Python and mypy would leave beside the code goes elsewhere.
          PYTHONDONTWRITEBYTECODE: '1',
          MYPY_CACHE_DIR: join(scratch, 'mypy'),
          OMP_NUM_THREADS: '1',
        },
      })
      assert.equal(ended.code, 0, ended.output)
      if (program === 'python') assert.match(ended.output, /^Ran [1-9]\d* tests?/m)
    })
})

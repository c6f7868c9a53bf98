import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchFolder } from '../../testing.ts'
import { pipelineRoutes, type Pipeline } from '../contract.ts'
import { applyCode, belt, project, stepIn, type Belt } from '../testing.ts'
import { unhashedLine } from './environments.ts'
import { satisfies } from './python.ts'

test('a version of Python is held against a rule', () => {
  const cases: [version: string, rule: string, holds: boolean][] = [
    ['3.11.7', '>=3.10', true],
    ['3.9.18', '>=3.10', false],
    ['3.12.0', '>=3.10,<3.12', false],
    ['3.11.7', '3.11', true],
    ['3.11.7', '==3.11.*', true],
    ['3.11.7', '==3.12', false],
    ['3.11.7', '~=3.10', true],
    ['4.0.0', '~=3.10', false],
    ['3.11.7', '!=3.11.7', false],
    ['3.11.7', '>3.11.6, <=3.11.7', true],
  ]
  for (const [version, rule, holds] of cases)
    assert.equal(satisfies(version, rule), holds, `${version} ${rule}`)
  assert.throws(() => satisfies('3.11.7', 'new'), /not a version of Python/)
})

test('a lock must have a hash on every line', () => {
  const hash = `--hash=sha256:${'0'.repeat(64)}`
  assert.equal(
    unhashedLine(`# made by uv\na==1 \\\n    ${hash} \\\n    ${hash}\n\nb==2 ${hash}  # why\n`),
    undefined,
  )
  assert.equal(unhashedLine(`a==1 ${hash}\nb==2 ; python_version < "3.12"\n`), 'b==2')
})

const lockFile = 'requirements.lock'

const withCode = async (t: TestContext, server: Belt, lock: string) => {
  const code = await scratchFolder(t)
  await mkdir(join(code, 'src', 'flights'), { recursive: true })
  await writeFile(join(code, lockFile), lock)
  await writeFile(join(code, 'src', 'flights', '__init__.py'), '')
  await writeFile(
    join(code, 'src', 'flights', 'where.py'),
    'import sys, helper; print(sys.prefix != sys.base_prefix, helper.word)',
  )
  await applyCode(server, code)
}

const steps: Pipeline['steps'] = {
  python: { run: 'python -m flights.where', environment: 'python' },
  plain: { run: ['true'] },
}

test(
  'a step runs in the Python of its environment, with the code of the project on its path',
  { timeout: 180_000 },
  async (t) => {
    const server = await belt(t)
    await withCode(t, server, '# needs nothing\n')
    const modules = await scratchFolder(t)
    await writeFile(join(modules, 'helper.py'), 'word = "found"\n')
    server.near.pythonPath.push(modules)
    await server.declare({ train: { steps } }, { python: { lock: lockFile, python: '>=3.10' } })
    const run = await server.run({ pipeline: 'train' })
    const step = stepIn(run, 'python')
    assert.equal(run.status, 'succeeded', step.error?.message)
    const asked = { project, run: run.id, step: 'python' }
    assert.equal((await server.call(pipelineRoutes.readLog, asked)).text, 'True found\n')
  },
)

test('without Python the step says what to install, and the rest goes on', async (t) => {
  const server = await belt(t)
  await withCode(t, server, '# needs nothing\n')
  await server.declare({ train: { steps } }, { python: { lock: lockFile, python: '>=9.1' } })
  const run = await server.run({ pipeline: 'train' })
  assert.equal(stepIn(run, 'python').error?.code, 'environment')
  assert.match(stepIn(run, 'python').error?.message ?? '', /no Python >=9\.1/)
  assert.match(stepIn(run, 'python').error?.hint ?? '', /apt install python3/)
  assert.equal(stepIn(run, 'plain').status, 'succeeded')
})

test('a run whose lock is missing or has no hashes is not started', async (t) => {
  const server = await belt(t)
  await withCode(t, server, 'numpy==2.0.0\n')
  await server.declare({ train: { steps } }, { python: { lock: lockFile } })
  await assert.rejects(server.run({ pipeline: 'train' }), /no hash for numpy==2\.0\.0/)
  await server.declare({}, { python: { lock: 'other.lock' } })
  await assert.rejects(
    server.run({ pipeline: 'train' }),
    /other\.lock of environment python is not among the code/,
  )
})

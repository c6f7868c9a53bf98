import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPipelines } from './project-check.ts'

test('a project file is told what in its pipelines could never run, each with its place in the file', () => {
  const check = checkPipelines(['models/register'])
  const problems = check({
    environments: { python: { lock: 'requirements.lock' } },
    pipelines: {
      train: {
        environment: 'python',
        steps: {
          fit: { run: 'python -m fit', after: ['load'] },
          load: { uses: 'models/registr', after: ['fit'] },
        },
      },
      score: { steps: { only: { run: 'a | b' } } },
    },
  })
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['pipelines.train.steps.load.uses', 'pipelines.train.steps.fit', 'pipelines.score.steps.only.run'],
  )
  assert.match(problems[0]?.hint ?? '', /models\/register/)
  assert.match(problems[1]?.message ?? '', /fit → load → fit/)
  assert.deepEqual(check({}), [])
})

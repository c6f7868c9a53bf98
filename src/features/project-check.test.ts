import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFeatures } from './project-check.ts'

const file = () => ({
  project: 'demo',
  features: {
    weather: {
      entity: 'origin',
      repository: 'weather',
      timestamp: 'time_hour',
      ttl: '6h',
      features: { temp: 'number' },
    },
  },
  pipelines: {
    train: {
      inputs: { flights: { repository: 'flights' }, weather: { repository: 'weather' } },
      steps: {
        features: {
          uses: 'features/join',
          inputs: { flights: '${{ inputs.flights }}', weather: '${{ inputs.weather }}' } as Record<
            string,
            string
          >,
          with: {
            spine: { input: 'flights', timestamp: 'time_hour' },
            views: ['weather'] as unknown[],
          } as object,
        },
      },
    },
  },
})
type File = ReturnType<typeof file>

const problems = (change: (file: File) => void) => {
  const changed = file()
  change(changed)
  return checkFeatures(changed).map(({ path, message }) => `${path}: ${message}`)
}
const step = (file: File) => file.pipelines.train.steps.features

test('a join whose inputs hold what its views read has no problems', () => {
  assert.deepEqual(
    problems(() => {}),
    [],
  )
})

test('a join that could not run is found when the project file is applied', () => {
  const at = 'pipelines.train.steps.features.with'
  const cases: [(file: File) => void, string][] = [
    [
      (file) => delete step(file).inputs['weather'],
      `${at}.views.0: feature view weather reads repository weather, which no input`,
    ],
    [(file) => delete step(file).inputs['flights'], `${at}.spine.input: the step has no input flights`],
    [(file) => Object.assign(step(file).inputs, { again: '${{ inputs.weather }}' }), 'more than one input'],
    [
      (file) => Object.assign(step(file).with, { views: ['wether'] }),
      `${at}.views.0: there is no feature view wether`,
    ],
    [(file) => Object.assign(step(file).with, { spines: {} }), `${at}.spines: unknown field "spines"`],
    [(file) => Object.assign(step(file), { with: undefined }), `${at}.spine: spine is missing`],
  ]
  for (const [change, expected] of cases)
    assert.ok(problems(change).join('\n').includes(expected), problems(change).join('\n'))
  const named = problems((file) => {
    step(file).inputs['again'] = '${{ inputs.weather }}'
    Object.assign(step(file).with, { views: [{ view: 'weather', input: 'again' }] })
  })
  assert.deepEqual(named, [], 'naming the input settles it')
})

test('a view that contradicts itself is found when the project file is applied', () => {
  const found = problems(({ features }) => {
    Object.assign(features.weather, { features: { origin: 'string' }, timestamp: undefined })
  })
  assert.equal(found.length, 2)
  assert.match(found[0] ?? '', /features\.weather: ttl needs timestamp/)
  assert.match(found[1] ?? '', /origin is the key/)
})

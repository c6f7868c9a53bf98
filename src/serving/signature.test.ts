import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSignature, predictionOutput, signatureColumns } from './signature.ts'

const column = (name: string) => ({ name, datatype: 'FP32', shape: [-1, 1] })

test('all problems of a signature are said at once', () => {
  const { problems } = parseSignature({
    inputs: [
      { name: 'a', datatype: 'FLOAT', shape: [-1] },
      { name: 'X', datatype: 'FP32', shape: [-1, 3] },
      { ...column('Y'), shape: [-1, 2], columns: ['a'] },
    ],
    outputs: [
      { name: 'p', datatype: 'FP32', shape: [-1, 2] },
      { name: 'q', datatype: 'FP32', shape: [-1, 2], take: 2 },
    ],
  })
  assert.deepEqual(problems, [
    'inputs[0] has datatype "FLOAT"; known are FP32, FP64, INT64, BYTES, BOOL',
    'inputs[1] is 3 wide and must name its columns',
    'inputs[2] names 1 columns but is 2 wide',
    'outputs[0] is 2 wide and must say which element to take, for example "take": 1',
    'outputs[1] takes element 2 of 2',
  ])
  assert.deepEqual(parseSignature(null).problems, ['signature has no inputs', 'signature has no outputs'])
})

test('columns come in the order of the inputs, and the marked output is the prediction', () => {
  const { signature, problems } = parseSignature({
    inputs: [column('a'), { name: 'X', datatype: 'FP64', shape: [-1, 2], columns: ['b', 'c'] }],
    outputs: [
      column('score'),
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 2], take: 1, prediction: true },
    ],
  })
  assert.deepEqual(problems, [])
  assert.deepEqual(
    signatureColumns(signature).map(({ name, datatype }) => `${name} ${datatype}`),
    ['a FP32', 'b FP64', 'c FP64'],
  )
  assert.equal(predictionOutput(signature)?.name, 'probabilities')
  assert.equal(predictionOutput({ ...signature, outputs: signature.outputs.slice(0, 1) })?.name, 'score')
})

import { parentPort, workerData } from 'node:worker_threads'
import type * as Runtime from 'onnxruntime-node'
import { predictionOutput, type Signature, type SignatureOutput } from '../../signature.ts'
import { runtimeTypeOf, sampleRow, type Tensor, type TensorData } from './tensors.ts'

/**
 * One model in one thread. ONNX Runtime's `run` blocks its thread (it is synchronous C++), so the thread that answers HTTP never calls it. The
 * runtime is loaded here and only here: an agent without a model does not carry it.
 */
export type Run = { id: number; rows: number; tensors: Tensor[]; wantsOutputs: boolean }
export type ToWorker = Run | 'close'
export type FromWorker =
  | { type: 'ready' }
  | { type: 'refused'; message: string }
  | { type: 'answer'; id: number; values: Float64Array; outputs: Tensor[] }
  | { type: 'failed'; id: number; message: string }

type Session = Runtime.InferenceSession
type Ort = typeof Runtime

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

const checkNames = (session: Session, signature: Signature): void => {
  const missing = [
    ...signature.inputs
      .filter(({ name }) => !session.inputNames.includes(name))
      .map(({ name }) => `input ${name}`),
    ...signature.outputs
      .filter(({ name }) => !session.outputNames.includes(name))
      .map(({ name }) => `output ${name}`),
    ...session.inputNames
      .filter((name) => !signature.inputs.some((input) => input.name === name))
      .map((name) => `declaration of input ${name}`),
  ]
  if (missing.length > 0) throw new Error(`the model and its signature differ: no ${missing.join(', no ')}`)
}

const checkTypes = (session: Session, signature: Signature): void => {
  for (const { name, datatype } of signature.inputs) {
    const found = session.inputMetadata.find((input) => input.name === name)
    if (found?.isTensor !== true) throw new Error(`input ${name} of the model is no tensor`)
    if (found.type !== runtimeTypeOf(datatype))
      throw new Error(`input ${name} is ${found.type} in the model and ${datatype} in its signature`)
  }
  for (const { name } of signature.outputs) {
    const found = session.outputMetadata.find((output) => output.name === name)
    if (found?.isTensor !== true)
      throw new Error(`output ${name} is no tensor; convert the model without a ZipMap`)
  }
}

const feedsOf = (ort: Ort, tensors: Tensor[]): Record<string, Runtime.Tensor> =>
  Object.fromEntries(
    tensors.map(({ name, type, data, dims }) => [
      name,
      new ort.Tensor(type as 'float32', data as Float32Array, dims),
    ]),
  )

const valuesOf = (
  output: Runtime.Tensor | undefined,
  { name, take = 0 }: SignatureOutput,
  rows: number,
): Float64Array => {
  if (output === undefined) throw new Error(`the model gave no output ${name}`)
  const data = output.data as ArrayLike<number | bigint | boolean>
  const stride = data.length / rows
  if (!Number.isInteger(stride) || take >= stride)
    throw new Error(`output ${name} has ${data.length} elements for ${rows} rows`)
  return Float64Array.from({ length: rows }, (_, row) => Number(data[row * stride + take]))
}

const load = async (folder: string, signature: Signature) => {
  const ort: Ort = await import('onnxruntime-node')
  const session = await ort.InferenceSession.create(folder, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  })
  checkNames(session, signature)
  checkTypes(session, signature)
  const prediction = predictionOutput(signature)
  if (prediction === undefined) throw new Error('the signature has no outputs')
  const every = signature.outputs.map(({ name }) => name)
  const run = async ({ rows, tensors, wantsOutputs }: Omit<Run, 'id'>) => {
    const results = await session.run(feedsOf(ort, tensors), wantsOutputs ? every : [prediction.name])
    const outputs = Object.entries(results).map(([name, tensor]) => ({
      name,
      type: tensor.type,
      dims: [...tensor.dims],
      data: tensor.data as TensorData,
    }))
    return {
      values: valuesOf(results[prediction.name], prediction, rows),
      outputs: wantsOutputs ? outputs : [],
    }
  }
  await run({ rows: 1, tensors: sampleRow(signature), wantsOutputs: true })
  return run
}

const serve = async (): Promise<void> => {
  if (parentPort === null) return
  const port = parentPort
  const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
  const { file, signature } = workerData as { file: string; signature: Signature }
  const run = await load(file, signature).catch((error: unknown) =>
    send({ type: 'refused', message: messageOf(error) }),
  )
  if (!run) return
  const answer = async ({ id, ...request }: Run): Promise<void> => {
    try {
      const { values, outputs } = await run(request)
      send({ type: 'answer', id, values, outputs }, [values.buffer as ArrayBuffer])
    } catch (error) {
      send({ type: 'failed', id, message: messageOf(error) })
    }
  }
  port.on('message', (message: ToWorker) => {
    if (message === 'close') port.close()
    else void answer(message)
  })
  send({ type: 'ready' })
}

await serve()

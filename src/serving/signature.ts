/**
 * The signature of a model: what goes in and what comes out, by name. It lies beside the model as `signature.json` and is the only thing
 * that agents, clients and the server have to agree on. No imports: the agent program loads this file.
 */
export type Datatype = 'FP32' | 'FP64' | 'INT64' | 'BYTES' | 'BOOL'
export const datatypes: readonly Datatype[] = ['FP32', 'FP64', 'INT64', 'BYTES', 'BOOL']

/** `columns` names the features of one wide tensor, in order; without it the input is itself one column of that name. */
export type SignatureInput = { name: string; datatype: Datatype; shape: number[]; columns?: string[] }

/**
 * `take` says which number of a row is the prediction: of a [N,2] probabilities tensor `take: 1` is the probability of the positive class.
 * An output without `take` has one element a row. Only the output marked `prediction`, else the first, is answered as `value`.
 */
export type SignatureOutput = {
  name: string
  datatype: Datatype
  shape: number[]
  take?: number
  prediction?: boolean
}
export type Signature = { inputs: SignatureInput[]; outputs: SignatureOutput[] }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((size) => Number.isInteger(size) && Number(size) >= -1)

const isDatatype = (value: unknown): value is Datatype => datatypes.includes(value as Datatype)

const tensorProblems = (tensor: unknown, where: string): string[] => {
  if (!isObject(tensor)) return [`${where} is not an object`]
  const problems: string[] = []
  if (typeof tensor['name'] !== 'string' || tensor['name'] === '') problems.push(`${where} has no name`)
  if (!isDatatype(tensor['datatype']))
    problems.push(
      `${where} has datatype ${JSON.stringify(tensor['datatype'])}; known are ${datatypes.join(', ')}`,
    )
  if (!isShape(tensor['shape'])) problems.push(`${where} needs a shape such as [-1, 1]`)
  return problems
}

const inputProblems = (input: unknown, where: string): string[] => {
  const problems = tensorProblems(input, where)
  if (problems.length > 0 || !isObject(input)) return problems
  const columns = input['columns']
  const width = (input['shape'] as number[])[1] ?? 1
  if (columns === undefined) return width === 1 ? [] : [`${where} is ${width} wide and must name its columns`]
  if (!Array.isArray(columns) || !columns.every((column) => typeof column === 'string'))
    return [`${where} has columns that are no names`]
  return width === -1 || width === columns.length
    ? []
    : [`${where} names ${columns.length} columns but is ${width} wide`]
}

const outputProblems = (output: unknown, where: string): string[] => {
  const problems = tensorProblems(output, where)
  if (problems.length > 0 || !isObject(output)) return problems
  const width = (output['shape'] as number[])[1] ?? 1
  const take = output['take']
  if (take === undefined)
    return width > 1
      ? [`${where} is ${width} wide and must say which element to take, for example "take": 1`]
      : []
  const inRange = Number.isInteger(take) && Number(take) >= 0 && (width === -1 || Number(take) < width)
  return inRange ? [] : [`${where} takes element ${JSON.stringify(take)} of ${width}`]
}

/** All that is wrong with a signature at once; an empty list means that `signature` may be trusted. */
export const parseSignature = (value: unknown): { signature: Signature; problems: string[] } => {
  const inputs = isObject(value) && Array.isArray(value['inputs']) ? value['inputs'] : []
  const outputs = isObject(value) && Array.isArray(value['outputs']) ? value['outputs'] : []
  const problems = [
    ...(inputs.length === 0 ? ['signature has no inputs'] : []),
    ...(outputs.length === 0 ? ['signature has no outputs'] : []),
    ...inputs.flatMap((input, index) => inputProblems(input, `inputs[${index}]`)),
    ...outputs.flatMap((output, index) => outputProblems(output, `outputs[${index}]`)),
  ]
  return { signature: { inputs, outputs }, problems }
}

/** The columns a request must bring, in the order of the signature. */
export const signatureColumns = (signature: Signature): { name: string; datatype: Datatype }[] =>
  signature.inputs.flatMap(({ name, datatype, columns }) =>
    (columns ?? [name]).map((column) => ({ name: column, datatype })),
  )

export const predictionOutput = (signature: Signature): SignatureOutput | undefined =>
  signature.outputs.find((output) => output.prediction === true) ?? signature.outputs[0]

import { parse } from 'yaml'
import { type TreeFile, treeFiles } from '../kernel/blobs/tree.ts'
import type { Blobs } from '../kernel/blobs/blobs.ts'
import { AppError } from '../kernel/errors.ts'

/** What the files of a model say about it. */
export type ModelFiles = { files: TreeFile[]; sizeBytes: number; format: string; signature: unknown }

/** Descriptions are small; a large file of that name is something else. */
const maxDescriptionBytes = 1_000_000

const formatOf = (files: readonly TreeFile[]): string => {
  if (files.some(({ path }) => path.endsWith('.onnx'))) return 'onnx'
  return files.some(({ path }) => path === 'MLmodel') ? 'mlflow' : 'other'
}

const textOf = async (
  blobs: Blobs,
  files: readonly TreeFile[],
  path: string,
): Promise<string | undefined> => {
  const file = files.find((one) => one.path === path)
  return file && file.sizeBytes <= maxDescriptionBytes
    ? (await blobs.read(file.digest)).toString('utf8')
    : undefined
}

const parsed = (text: string, path: string, read: (text: string) => unknown): unknown => {
  try {
    return read(text)
  } catch (error) {
    throw new AppError('invalid', `${path} of the model can't be read.`, {
      hint: 'Write it anew as valid JSON.',
      cause: error,
    })
  }
}

/** MLflow keeps the columns as JSON texts inside its YAML. */
const signatureOfMlmodel = (text: string): unknown => {
  const document: unknown = parsed(text, 'MLmodel', parse)
  const signature =
    typeof document === 'object' && document !== null && 'signature' in document ? document.signature : null
  if (typeof signature !== 'object' || signature === null) return null
  return Object.fromEntries(
    Object.entries(signature).map(([part, columns]: [string, unknown]) => [
      part,
      typeof columns === 'string' ? parsed(columns, 'MLmodel', JSON.parse) : columns,
    ]),
  )
}

const signatureIn = async (blobs: Blobs, files: readonly TreeFile[]): Promise<unknown> => {
  const own = await textOf(blobs, files, 'signature.json')
  if (own !== undefined) return parsed(own, 'signature.json', JSON.parse)
  const foreign = await textOf(blobs, files, 'MLmodel')
  return foreign === undefined ? null : signatureOfMlmodel(foreign)
}

/** Reads a model's folder: its files, format and signature. */
export const readModelFiles = async (blobs: Blobs, tree: string): Promise<ModelFiles> => {
  const files = await treeFiles(blobs, tree).catch((cause: unknown) => {
    throw new AppError('invalid', `${tree} is not a folder of model files.`, {
      hint: 'The input `files` of models/register takes an output of kind directory.',
      cause,
    })
  })
  return {
    files,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    format: formatOf(files),
    signature: await signatureIn(blobs, files),
  }
}

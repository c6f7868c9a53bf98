import type { Blobs } from '../kernel/blobs/blobs.ts'
import { treeFiles } from '../kernel/blobs/tree.ts'
import { AppError } from '../kernel/errors.ts'
import type { RegistryFront } from './fronts.ts'
import { parseSignature, type Signature } from './signature.ts'
import type { StoredRelease } from './store/release.store.ts'

export type Content = Pick<StoredRelease, 'files' | 'tree' | 'signature'>
type Deps = { blobs: Blobs; registry: RegistryFront }

const signatureFile = 'signature.json'
const hint = `Write ${signatureFile} beside the model: {"inputs": [{"name", "datatype", "shape"}], "outputs": […]}.`

const readJson = async (blobs: Blobs, digest: string, what: string): Promise<unknown> => {
  try {
    return JSON.parse((await blobs.read(digest)).toString('utf8'))
  } catch (error) {
    throw new AppError('conflict', `The ${signatureFile} of ${what} is no JSON.`, { hint, cause: error })
  }
}

const signatureIn = async (blobs: Blobs, tree: Content['tree'], what: string): Promise<Signature> => {
  const file = tree.find(({ path }) => path === signatureFile)
  if (!file)
    throw new AppError('conflict', `${what} has no ${signatureFile}, so nobody can know how to call it.`, {
      hint,
    })
  const { signature, problems } = parseSignature(await readJson(blobs, file.digest, what))
  if (problems.length === 0) return signature
  throw new AppError('conflict', `The ${signatureFile} of ${what} cannot be used: ${problems.join('; ')}.`, {
    hint,
    problems: problems.map((message) => ({ message, path: signatureFile })),
  })
}

/** The files and the signature of a version, if it may be served. */
export const contentOf = async (
  { blobs, registry }: Deps,
  { project, model, version }: { project: string; model: string; version: number },
): Promise<Content> => {
  const what = `version ${version} of model ${model}`
  const { files, approval } = await registry.version(project, model, version)
  if (approval.state !== 'approved')
    throw new AppError('conflict', `${what} is not approved.`, {
      hint: 'A person who may approve models, and is not its author, approves it first.',
    })
  if (files === null) throw new AppError('conflict', `${what} has no files.`)
  const tree = await treeFiles(blobs, files)
  if (!tree.some(({ path }) => path.endsWith('.onnx')))
    throw new AppError('conflict', `${what} has no .onnx file; agents serve ONNX models.`, {
      hint: 'Convert the model in the pipeline and register the result.',
    })
  return { files, tree, signature: await signatureIn(blobs, tree, what) }
}

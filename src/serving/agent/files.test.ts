import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { scratchFolder } from '../../testing.ts'
import type { DesiredVariant } from '../contract.ts'
import { homeOf, prepareHome } from './disk.ts'
import { modelFiles, onnxFileOf } from './files.ts'

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

const setup = async (t: TestContext) => {
  const home = homeOf(await scratchFolder(t))
  await prepareHome(home)
  const stored = new Map<string, string>()
  let fetched = 0
  const restarted = () =>
    modelFiles(home, async (digest) => {
      fetched += 1
      const text = stored.get(digest)
      if (text === undefined) throw new Error('the server is down')
      return Readable.from([Buffer.from(text)])
    })
  const variant = (files: Record<string, string>): DesiredVariant => {
    const tree = Object.entries(files).map(([path, text]) => {
      stored.set(digestOf(text), text)
      return { path, digest: digestOf(text), sizeBytes: text.length }
    })
    const signature = { inputs: [], outputs: [] }
    const of = {
      name: 'champion',
      role: 'live',
      weight: 100,
      release: 1,
      model: 'm',
      version: 1,
      format: 'onnx',
    } as const
    return { ...of, files: digestOf(JSON.stringify(tree)), tree, signature }
  }
  return { home, stored, restarted, variant, fetches: () => fetched }
}

test('files are fetched once, and again without the server they are there', async (t) => {
  const { restarted, variant, stored, fetches } = await setup(t)
  const wanted = variant({ 'model.onnx': 'model', 'data/weights.bin': 'weights' })
  const first = restarted()
  const folders = await Promise.all([first.model(wanted), first.model(wanted)])
  assert.equal(folders[0], folders[1])
  assert.equal(fetches(), 2)
  stored.clear()
  const folder = await restarted().model(wanted)
  assert.equal(await readFile(join(folder, 'data', 'weights.bin'), 'utf8'), 'weights')
  assert.equal(fetches(), 2)
})

test('a file that went bad on disk is found at the next start and fetched again', async (t) => {
  const { home, restarted, variant } = await setup(t)
  const wanted = variant({ 'model.onnx': 'model' })
  await restarted().model(wanted)
  const blob = join(home.blobs, digestOf('model').slice('sha256:'.length))
  await rm(blob)
  await writeFile(blob, 'madel')
  const folder = await restarted().model(wanted)
  assert.equal(await readFile(join(folder, 'model.onnx'), 'utf8'), 'model')
})

test('a path that leads out of the folder is refused', async (t) => {
  const { restarted, variant } = await setup(t)
  for (const path of ['../model.onnx', '/model.onnx', 'a/../../model.onnx', String.raw`a\b.onnx`])
    await assert.rejects(restarted().model(variant({ [path]: 'model' })), /leads outside its folder/)
})

test('what nothing needs any more is removed, and what is needed stays', async (t) => {
  const { home, restarted, variant } = await setup(t)
  const files = restarted()
  const old = variant({ 'model.onnx': 'old' })
  const present = variant({ 'model.onnx': 'new' })
  await files.model(old)
  await files.model(present)
  await files.keepOnly(new Set([present.files, ...present.tree.map(({ digest }) => digest)]))
  assert.deepEqual(await readdir(home.blobs), [digestOf('new').slice('sha256:'.length)])
  assert.deepEqual(await readdir(home.models), [present.files.slice('sha256:'.length)])
})

test('the file to load is model.onnx, else the only one', async (t) => {
  const { variant } = await setup(t)
  assert.equal(onnxFileOf(variant({ 'other.onnx': 'a', 'model.onnx': 'b' })), 'model.onnx')
  assert.equal(onnxFileOf(variant({ 'sub/only.onnx': 'a', 'signature.json': '{}' })), 'sub/only.onnx')
  assert.throws(() => onnxFileOf(variant({ 'a.onnx': 'a', 'b.onnx': 'b' })), /several .onnx files/)
  assert.throws(() => onnxFileOf(variant({ 'signature.json': '{}' })), /no .onnx file/)
})

import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { AppError } from '../src/kernel/errors.ts'
import { contextOf, fileName, type GlobalOptions } from './context.ts'

const fileOf = (project: string) => `project: ${project}
description: What the project answers, in a sentence
code: [src]

repositories:
  raw: { description: Raw data as it comes }

pipelines:
  look:
    inputs:
      raw: { repository: raw }
    steps:
      count:
        run: [python3, src/count.py]
        inputs: { raw: '\${{ inputs.raw }}' }
        outputs: { report: json }

triggers:
  new-data:
    on: { data: { repository: raw } }
    start: { pipeline: look }
`

const script = `"""Counts the files and bytes of an input: the smallest step. What a step gets is in the file that ESTEIRA_STEP names."""

import json
import os
from pathlib import Path

step = json.loads(Path(os.environ["ESTEIRA_STEP"]).read_text())
files = [path for path in Path(step["inputs"]["raw"]["path"]).rglob("*") if path.is_file()]
report = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
Path(step["outputs"]["report"]["path"]).write_text(json.dumps(report))
print(report)
`

const write = (path: string, content: string) =>
  writeFile(path, content, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new AppError('conflict', `${path} is there already.`, {
        hint: 'Nothing was changed. Take another folder.',
      })
    throw error
  })

const init = async (given: string | undefined, options: GlobalOptions) => {
  const { out } = contextOf(options)
  const folder = resolve(given ?? '.')
  const project =
    options.project ??
    basename(folder)
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]/g, '-')
  await mkdir(join(folder, 'src'), { recursive: true })
  await write(join(folder, fileName), fileOf(project))
  await write(join(folder, 'src', 'count.py'), script)
  out.result({ project, folder }, () => out.line(`Project ${project} is begun in ${folder}.`))
  out.next(given === undefined ? 'esteira apply' : `cd ${given} && esteira apply`)
}

export const addInit = (program: Command): void => {
  program
    .command('init [folder]')
    .description('begin a project: an esteira.yaml and a first step')
    .action((folder: string | undefined, _, command: Command) => init(folder, command.optsWithGlobals()))
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Figure } from './measure.ts'
import { stopAll } from './processes.ts'
import type { Suite } from './suite.ts'
import { pipelines } from './suites/pipelines.ts'
import { serving } from './suites/serving.ts'
import { tracking } from './suites/tracking.ts'
import { figuresTable } from './table.ts'

const suites: readonly Suite[] = [tracking, pipelines, serving]
const longestMs = 45 * 60_000

const usage = `Usage: npm run bench -- [--only tracking,pipelines,serving] [--quick] [--rounds N] [--out FILE]

Measures Esteira beside peers on this machine and prints a table for each suite. The first run builds the
peers' Python environments, which takes minutes and needs the network; they are kept in the cache folder.

  --only     suites to run, with commas between them
  --quick    smaller and shorter: to see that it works, and for a first look
  --rounds   how often each side is measured (default 5, quick 3); the table shows medians
  --out      write everything that was measured to this file, as JSON`

const options = () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const wanted = values.only?.split(',') ?? suites.map(({ name }) => name)
  const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name))
  if (unknown.length > 0)
    throw new Error(
      `There is no suite ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}.`,
    )
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1.')
  return { ...values, rounds, chosen: suites.filter(({ name }) => wanted.includes(name)) }
}

const load1 = () => (loadavg()[0] ?? 0).toFixed(1)

const machine = () => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model.trim() ?? '?',
  memoryGb: Math.round(totalmem() / 1024 ** 3),
  system: `${process.platform} ${process.arch}`,
  node: process.version,
})

type Report = {
  suite: string
  sides: { name: string; about: string }[]
  rounds: number
  loadBefore: string
  loadAfter: string
  figures: Figure[]
}

const clock = () => new Date().toTimeString().slice(0, 8)

const measureSuite = async (suite: Suite, given: { quick: boolean; rounds: number }, root: string) => {
  const loadBefore = load1()
  const figures = await suite.run({
    isQuick: given.quick,
    rounds: given.rounds,
    scratch: async (name) => {
      const folder = join(root, `${suite.name}-${name}`)
      await mkdir(folder, { recursive: true })
      return folder
    },
    tell: (what) => console.error(`${clock()} ${suite.name}: ${what}`),
  })
  const sides = await suite.sides()
  return {
    suite: suite.name,
    sides,
    rounds: given.rounds,
    loadBefore,
    loadAfter: load1(),
    figures,
  } satisfies Report
}

const print = ({ suite, sides, rounds, loadBefore, loadAfter, figures }: Report) => {
  console.log(`\n### ${suite}\n`)
  for (const { name, about } of sides) console.log(`- ${name}: ${about}`)
  console.log(
    `- Median (least–greatest) of ${rounds} rounds; load average ${loadBefore} before, ${loadAfter} after\n`,
  )
  console.log(
    figuresTable(
      figures,
      sides.map(({ name }) => name),
    ),
  )
}

const main = async () => {
  const given = options()
  if (given.help) return console.log(usage)
  const root = await mkdtemp(join(tmpdir(), 'esteira-bench-'))
  const finish = async () => {
    await stopAll()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }
  const giveUp = (why: string) => {
    console.error(why)
    process.exitCode = 1
    void finish().finally(() => process.exit())
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(signal))
  setTimeout(() => giveUp(`Stopped after ${longestMs / 60_000} minutes.`), longestMs).unref()
  const reports: Report[] = []
  try {
    for (const suite of given.chosen) {
      const report = await measureSuite(suite, given, root)
      reports.push(report)
      print(report)
    }
  } finally {
    await finish()
    if (given.out !== undefined)
      await writeFile(
        given.out,
        `${JSON.stringify({ at: new Date().toISOString(), isQuick: given.quick, machine: machine(), suites: reports }, undefined, 2)}\n`,
      )
  }
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}

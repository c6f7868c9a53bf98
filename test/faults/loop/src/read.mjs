import { writeFileSync } from 'node:fs'
import { digestOf, step, work } from './step.mjs'

await work(300)
writeFileSync(step.outputs.facts.path, JSON.stringify({ raw: digestOf(step.inputs.raw.path) }))

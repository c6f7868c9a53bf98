import { readFileSync, writeFileSync } from 'node:fs'

const step = JSON.parse(readFileSync(process.env.ESTEIRA_STEP, 'utf8'))
for (const name of Object.keys(step.inputs)) process.stdout.write(`checking ${name}\n`)
writeFileSync(step.outputs.report.path, JSON.stringify({ checked: Object.keys(step.inputs) }))
process.stdout.write('all as it should be\n')

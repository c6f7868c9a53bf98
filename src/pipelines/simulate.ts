import { parseArgs } from 'node:util'
import { simulate } from './simulation/simulator.ts'

/** `npm run simulate -- --seeds 100000 [--from 0]`: plays that many histories; each that breaks a promise is printed with its seed. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '0' } },
})
const from = Number(values.from)
const count = Number(values.seeds)
const say = (line: string) => process.stdout.write(`${line}\n`)

let broken = 0
let attempts = 0
const began = performance.now()
for (let seed = from; seed < from + count; seed += 1) {
  const history = simulate(seed)
  attempts += history.attempts
  if (history.violation === undefined) continue
  broken += 1
  say(`seed ${seed}: ${history.violation}`)
}
const seconds = (performance.now() - began) / 1000
say(`${count} histories from seed ${from}, ${attempts} attempts, ${broken} broken, ${seconds.toFixed(1)} s`)
process.exitCode = broken === 0 ? 0 : 1

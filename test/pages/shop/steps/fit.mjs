import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const step = JSON.parse(readFileSync(process.env.ESTEIRA_STEP, 'utf8'))
const { model, auc } = step.parameters
for (let round = 1; round <= 20; round += 1)
  process.stdout.write(`round ${round} loss ${(0.7 / Math.sqrt(round)).toFixed(4)}\n`)
mkdirSync(step.outputs.model.path, { recursive: true })
cpSync(join('steps', 'models', model), step.outputs.model.path, { recursive: true })
const log_loss = 1 - auc
writeFileSync(
  step.outputs.metrics.path,
  JSON.stringify({ auc, log_loss, champion_log_loss: log_loss + 0.01 }),
)

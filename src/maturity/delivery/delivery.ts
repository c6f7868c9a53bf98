import type { Figure } from '../schemas.ts'
import type { Given } from './figure.ts'
import { changeFailureRate, deploymentFrequency, retrainFrequency } from './rates.ts'
import { alertToModel, leadTime, timeToRestore } from './times.ts'

export { deliveryWindowDays } from './figure.ts'

/** The delivery figures of DORA for models, and those of the loop. Pure. */
export const deliveryFigures = (given: Given): Figure[] => [
  leadTime(given),
  deploymentFrequency(given),
  changeFailureRate(given),
  timeToRestore(given),
  alertToModel(given),
  retrainFrequency(given),
]

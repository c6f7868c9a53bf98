import type { Kernel } from '../kernel/kernel.ts'
import type { Tracking } from '../tracking/index.ts'
import { approvalService } from './approval.service.ts'
import { importService } from './import.service.ts'
import { modelService } from './model.service.ts'
import { registerService } from './register.service.ts'
import { versionService } from './version.service.ts'

/** The use cases of the registry, by noun. */
export const registryService = (kernel: Kernel, tracking: Tracking) => {
  const versions = versionService(kernel)
  const approvals = approvalService(kernel, versions)
  const registration = registerService({ kernel, tracking, approvals })
  return {
    models: modelService(kernel),
    versions,
    approvals,
    registration,
    imports: importService({ tracking, registration, versions }),
  }
}
export type RegistryService = ReturnType<typeof registryService>

import { join } from 'node:path'
import type { DesiredVariant } from '../contract.ts'
import { onnxFileOf, type Files } from './files.ts'
import { loadModel, type Model } from './model/model.ts'

/** A loaded model and how many hold it: routes that still answer with it, and releases that want it. The last one out unloads it. */
export type Slot = { model: Model; retain: () => void; release: () => void }

export type Slots = {
  load: (variant: DesiredVariant, whenBroken: (error: Error) => void) => Promise<Slot>
  close: () => Promise<void>
}

export const modelSlots = (files: Files, timeoutMs: number): Slots => {
  const loaded = new Set<Model>()
  return {
    load: async (variant, whenBroken) => {
      const folder = await files.model(variant)
      const file = join(folder, onnxFileOf(variant))
      const model = await loadModel({ file, signature: variant.signature, timeoutMs })
      loaded.add(model)
      let holders = 1
      let isUnloading = false
      const unload = (): void => {
        isUnloading = true
        loaded.delete(model)
        void model.close()
      }
      model.whenBroken = (error) => {
        if (!isUnloading) whenBroken(error)
      }
      return {
        model,
        retain: () => void (holders += 1),
        release: () => {
          holders -= 1
          if (holders === 0) unload()
        },
      }
    },
    close: async () => {
      await Promise.all([...loaded].map((model) => ((model.whenBroken = () => {}), model.close())))
    },
  }
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type SigningKeys = { privateKey: KeyObject; publicKey: KeyObject }

/** The home's Ed25519 key pair: made on first start, readable by its owner only. It signs checkpoints and model versions. */
export const signingKeys = async (home: string): Promise<SigningKeys> => {
  const folder = join(home, 'keys')
  const file = join(folder, 'signing.pem')
  const pem = await readFile(file, 'utf8').catch(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const made = generateKeyPairSync('ed25519')
    const text = made.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await writeFile(file, text, { mode: 0o600, flag: 'wx' })
    await writeFile(join(folder, 'signing.pub.pem'), made.publicKey.export({ type: 'spki', format: 'pem' }))
    return text
  })
  const privateKey = createPrivateKey(pem)
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** How old or early a delivery may be. */
const toleranceMs = 5 * 60_000

export type Delivery = { id: string; timestamp: string; signature: string; body: Buffer }

export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`

/** Signature of a delivery as Standard Webhooks 1.0.0 defines it: HMAC-SHA256 over `id.timestamp.body`, base64, after `v1,`. */
export const sign = (secret: string, { id, timestamp, body }: Omit<Delivery, 'signature'>): string => {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** Is one of the given signatures ours, and the delivery of now? The header may hold several, for a secret that is being changed. */
export const isSigned = (secret: string, delivery: Delivery, now: number): boolean => {
  const sentAt = Number(delivery.timestamp) * 1000
  if (delivery.id === '' || !Number.isFinite(sentAt) || Math.abs(now - sentAt) > toleranceMs) return false
  const expected = Buffer.from(sign(secret, delivery))
  return delivery.signature.split(' ').some((given) => {
    const bytes = Buffer.from(given)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  })
}

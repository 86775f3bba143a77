// Verify a webhook of SpecStep. Node 18 or newer, standard library only.

import { createHmac, timingSafeEqual } from "node:crypto"
import { readFileSync } from "node:fs"

const TOLERANCE = 5 * 60 // seconds

// True if body (as it came in, not parsed) was sent by SpecStep within the last minutes. Header names in lower case.
export function verify(
  secret: string,
  headers: Record<string, string | undefined>,
  body: Buffer,
  now: number = Date.now() / 1000,
): boolean {
  const id = headers["webhook-id"]
  const timestamp = headers["webhook-timestamp"]
  const signatures = headers["webhook-signature"]
  if (!id || !timestamp || !signatures || !/^\d{1,15}$/.test(timestamp)) return false
  if (Math.abs(now - Number(timestamp)) > TOLERANCE) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
  const right = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64"))
  return signatures.split(" ").some((given) => {
    const signature = Buffer.from(given)
    return signature.length === right.length && timingSafeEqual(signature, right)
  })
}

if (process.argv[2]) {
  const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"))
  for (const vector of vectors) {
    if (verify(vector.secret, vector.headers, Buffer.from(vector.body), vector.now) !== vector.valid) {
      console.error(`wrong: ${vector.about}`)
      process.exit(1)
    }
  }
  console.log(`${vectors.length} vectors are right`)
}

/** A name nothing else has. Not `crypto.randomUUID`, which browsers keep from pages that came over plain HTTP from another machine. */
export function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) reversed |= 0x80 >> bit;
  return reversed;
});

/** Bytes whose first pixel is their lowest bit (FillOrder 2) the usual way round. */
export function reverseBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => REVERSED[byte]);
}

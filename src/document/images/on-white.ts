/**
 * Puts rows of samples with a last one of alpha on white paper; gives 8-bit rows without alpha.
 * @param colours samples a pixel without alpha
 * @param bytesPerSample 1, or 2 (most significant byte first)
 * @param premultiplied true when the colours have been multiplied with alpha already
 */
export function* onWhite(
  rows: Iterable<Uint8Array>,
  colours: 1 | 3,
  bytesPerSample: 1 | 2 = 1,
  premultiplied = false,
): Generator<Uint8Array> {
  const pixelBytes = (colours + 1) * bytesPerSample;
  for (const row of rows) {
    const width = Math.floor(row.length / pixelBytes);
    const flat = new Uint8Array(width * colours);
    for (let x = 0; x < width; x++) {
      const at = x * pixelBytes;
      const alpha = row[at + colours * bytesPerSample];
      for (let colour = 0; colour < colours; colour++) {
        const value = row[at + colour * bytesPerSample];
        const own = premultiplied ? value : Math.round((value * alpha) / 255);
        flat[x * colours + colour] = Math.min(255, own + 255 - alpha);
      }
    }
    yield flat;
  }
}

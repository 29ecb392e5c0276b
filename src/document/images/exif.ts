import type { Resolution } from './page-size.js';
import type { Orientation } from './pdf-writer.js';
import { MemorySource } from './source.js';
import { readDirectories } from './tiff-directory.js';

/** What an EXIF block tells of how the image is to be shown. */
export interface ExifFacts {
  readonly orientation: Orientation;
  readonly resolution?: Resolution;
}

/** Reads an EXIF block (with or without its `Exif` header). A broken one tells nothing. */
export function readExif(block: Uint8Array): ExifFacts {
  const hasHeader = Buffer.from(block.buffer, block.byteOffset, Math.min(6, block.length)).toString('latin1') === 'Exif\0\0';
  try {
    for (const directory of readDirectories(new MemorySource(hasHeader ? block.subarray(6) : block))) {
      return { orientation: directory.orientation, resolution: directory.resolution };
    }
  } catch {
    // Cameras and editors write many a broken block; the image itself is fine.
  }
  return { orientation: 1 };
}

import { createWriteStream } from 'node:fs';
import { finished, pipeline } from 'node:stream/promises';
import yazl from 'yazl';

/** A file to put into an archive. */
export interface ZipEntry {
  path: string;
  /** Its name in the archive. */
  name: string;
  /** False for what is packed already. */
  compress: boolean;
}

/** When all files of an archive were last changed: the same results give the same archive. */
const CHANGED = new Date(Date.UTC(2000, 0, 1));

/**
 * Writes a zip archive (with Zip64 where its size asks for it), one file after the other, without holding any.
 * @throws the error of a file or of the output; the signal's reason
 */
export async function writeZip(entries: readonly ZipEntry[], output: string, signal?: AbortSignal): Promise<void> {
  const zip = new yazl.ZipFile();
  // a file that cannot be read is told by the archive, not by its stream
  const failed = new Promise<never>((_, reject) => zip.once('error', reject));
  for (const { path, name, compress } of entries) zip.addFile(path, name, { compress, mtime: CHANGED });
  zip.end();
  const written = createWriteStream(output);
  try {
    await Promise.race([pipeline(zip.outputStream, written, { signal }), failed]);
  } catch (error) {
    written.destroy();
    await finished(written).catch(() => undefined);
    throw error;
  }
}

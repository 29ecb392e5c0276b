import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ErrorCode } from '../errors/error-codes.js';
import { fileError, isMissing } from './file-errors.js';
import { MeasuredBody } from './measured-body.js';

/**
 * Writes a body to the new file `path` and brings it to the disk. When anything fails the file is removed again.
 * @throws OcrError `storage_full`, or `fallback` for other trouble of the disk; what the body itself throws passes through.
 */
export async function writeDurably(path: string, body: MeasuredBody, fallback: ErrorCode): Promise<void> {
  const onDisk = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw fileError(error, fallback);
    }
  };
  try {
    const handle = await onDisk(open(path, 'wx'));
    try {
      for await (const bytes of body) await onDisk(handle.writeFile(bytes));
      await onDisk(handle.sync());
    } finally {
      await handle.close();
    }
  } catch (error) {
    body.discard();
    await rm(path, { force: true });
    throw error;
  }
}

/**
 * Moves a finished file to its place on the same file system, replacing what is there, and makes the move survive a power cut.
 * Folders on the way are made. Raises the errors of the file system as they are; `from` then still exists.
 */
export async function moveDurably(from: string, to: string): Promise<void> {
  // A folder that was just pruned as empty, between mkdir and rename, is made again.
  for (let attempt = 1; ; attempt++) {
    const firstMade = await mkdir(dirname(to), { recursive: true });
    try {
      await rename(from, to);
    } catch (error) {
      if (isMissing(error) && attempt < 5) continue;
      throw error;
    }
    return syncFolders(dirname(to), firstMade === undefined ? dirname(to) : dirname(resolve(firstMade)));
  }
}

/** Brings the entries of `folder` and of the folders above it, up to `top`, to the disk. */
async function syncFolders(folder: string, top: string): Promise<void> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    await syncFolder(current);
    if (current === resolve(top) || current === dirname(current)) return;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; it journals renames itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  try {
    await handle?.sync();
  } finally {
    await handle?.close();
  }
}

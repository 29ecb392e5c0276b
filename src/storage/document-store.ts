import type { Readable } from 'node:stream';

/** Facts of a stored artifact. `sha256` is the hex digest of its bytes. */
export interface StoredArtifact {
  key: string;
  size: number;
  sha256: string;
}

/** An inclusive byte range, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/** How an artifact is put into the store. */
export interface PutOptions {
  signal?: AbortSignal;
  /** More bytes than this are `document_too_large`. */
  maxBytes?: number;
  /** Bytes given away may be gone once they are stored, and what else lies in their buffer. */
  givenAway?: boolean;
}

/**
 * Keeps artifacts: sources, page results, merged results. Keys are relative POSIX paths (`tasks/<task_id>/pages/000001.json`).
 *
 * Contract: a `put` is atomic: readers see the whole artifact or none, and an existing key is replaced as a whole; nothing is
 * left behind by a failed one. Bytes are streamed. Errors are OcrErrors `storage_full` or `storage_failed`; a missing key gives
 * null from `stat` and `storage_failed` from the readers.
 */
export interface DocumentStore {
  put(key: string, body: Readable | Uint8Array, options?: PutOptions): Promise<StoredArtifact>;
  /** Stores a file of this machine; it may be moved (the caller gives it away). */
  putFile(key: string, path: string): Promise<StoredArtifact>;
  stat(key: string): Promise<{ size: number; modified: Date } | null>;
  read(key: string): Promise<Buffer>;
  stream(key: string, range?: ByteRange): Promise<Readable>;
  /**
   * Gives the artifact as a file on this machine's disk for the time of `use`; the file must not be written to.
   * Nodes far from the store keep a cached copy, so many pages of one document cost one fetch.
   */
  withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T>;
  /** Deletes every artifact whose key starts with `prefix`. Idempotent. */
  deletePrefix(prefix: string): Promise<void>;
  /** The keys under a prefix, in no particular order. */
  list(prefix: string): AsyncIterable<string>;
  /**
   * The parts keys go on with after a prefix that ends in a slash, where they go on below: `tasks/` gives `tasks/<task_id>/` for each
   * task. In no particular order; there may be nothing below one.
   */
  folders(prefix: string): AsyncIterable<string>;
  /** Checks that the store can be written to; throws an OcrError when not. */
  check(): Promise<void>;
}

/** DI token of the node's one DocumentStore. */
export const DOCUMENT_STORE = Symbol('DocumentStore');

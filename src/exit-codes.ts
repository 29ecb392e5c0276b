/**
 * Exit codes of the server and of the `ocr-queue` command. They are part of the interface: scripts rely on them. From 64
 * on they are those of BSD's sysexits.h.
 */
export const EXIT = {
  ok: 0,
  /** A document failed, a request was refused, or something unforeseen happened. */
  failed: 1,
  /** Every document has a result, but pages failed in one of them. */
  pagesFailed: 2,
  /** The command line is wrong. */
  usage: 64,
  /** A file named on the command line cannot be read. */
  noInput: 66,
  /** The server, or the database, cannot be reached. */
  unavailable: 69,
  /** The address to listen on cannot be had. */
  cannotListen: 71,
  /** A result could not be written. */
  cannotCreate: 73,
  /** The server wants a valid API key. */
  noPermission: 77,
  /** A setting is wrong. */
  config: 78,
  /** Stopped by SIGINT (Ctrl+C). */
  interrupted: 130,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

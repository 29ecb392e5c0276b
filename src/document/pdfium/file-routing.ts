import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Descriptors above this one are files of this machine; those below belong to Emscripten's own file system in memory. */
const FIRST_DESCRIPTOR = 1_000_000;
const PREFIX = '/routed/';
/** errno values of WASI (wasi-libc's `__errno_values.h`). */
const ENOENT = 44;
const EIO = 29;
const EINVAL = 28;

/** Bytes read at a time for PDFium's small reads, which are of 512 bytes mostly, and follow each other. */
const READ_AHEAD = 32 * 1024;

interface RoutedFile {
  readonly fd: number;
  readonly size: number;
  position: number;
  /** What was read last, of which `aheadBytes` are the file's from the place `aheadFrom` on. */
  readonly ahead: Uint8Array;
  aheadFrom: number;
  aheadBytes: number;
}

type SystemCall = (...args: never[]) => unknown;

/**
 * Lets PDFium read documents straight from this machine's disk, so that a document of any size opens without being copied
 * into the module's memory. Only files opened here are reachable, each under a made-up path; everything else PDFium asks
 * for stays inside Emscripten's empty in-memory file system.
 */
export class FileRouting {
  private readonly registered = new Map<string, string>();
  private readonly open = new Map<number, RoutedFile>();
  private next = 0;
  private memory: WebAssembly.Memory | undefined;

  /** Call once the module has its memory. */
  attach(memory: WebAssembly.Memory): void {
    this.memory = memory;
  }

  /** Makes the file readable for the module; returns the path to open it by, good until `release`. */
  register(path: string): string {
    const routed = `${PREFIX}${this.next++}`;
    this.registered.set(routed, path);
    return routed;
  }

  release(routed: string): void {
    this.registered.delete(routed);
  }

  /** Puts itself before the file calls among the module's imports. */
  wrap(imports: WebAssembly.Imports): WebAssembly.Imports {
    const env = imports.env as Record<string, SystemCall>;
    const wasi = imports.wasi_snapshot_preview1 as Record<string, SystemCall>;
    const ours = (descriptor: number) => this.open.get(descriptor);
    const route = (call: SystemCall, routed: (file: RoutedFile, ...rest: never[]) => number) =>
      ((descriptor: number, ...rest: never[]) => {
        const file = ours(descriptor);
        return file === undefined ? call(descriptor as never, ...rest) : routed(file, ...rest);
      }) as SystemCall;

    return {
      ...imports,
      env: {
        ...env,
        __syscall_openat: (directory: number, path: number, flags: number, varargs: number) =>
          this.openAt(path) ?? env.__syscall_openat(directory as never, path as never, flags as never, varargs as never),
        __syscall_fstat64: route(env.__syscall_fstat64, (file, buffer: number) => this.stat(file, buffer)),
        __syscall_fcntl64: route(env.__syscall_fcntl64, () => 0),
      },
      wasi_snapshot_preview1: {
        ...wasi,
        fd_read: route(wasi.fd_read, (file, vectors: number, count: number, read: number) =>
          this.read(file, vectors, count, read),
        ),
        fd_seek: route(wasi.fd_seek, (file, offset: bigint, whence: number, result: number) =>
          this.seek(file, Number(offset), whence, result),
        ),
        fd_close: (descriptor: number) => (ours(descriptor) ? this.close(descriptor) : wasi.fd_close(descriptor as never)),
      },
    } as WebAssembly.Imports;
  }

  /** The descriptor, a negative errno, or undefined when the path is none of ours. */
  private openAt(pointer: number): number | undefined {
    const bytes = this.bytes();
    const end = bytes.indexOf(0, pointer);
    const routed = Buffer.from(bytes.subarray(pointer, end)).toString('utf8');
    if (!routed.startsWith(PREFIX)) return undefined;
    const path = this.registered.get(routed);
    if (path === undefined) return -ENOENT;
    try {
      const fd = openSync(path, 'r');
      const ahead = new Uint8Array(READ_AHEAD);
      this.open.set(FIRST_DESCRIPTOR + fd, { fd, size: fstatSync(fd).size, position: 0, ahead, aheadFrom: 0, aheadBytes: 0 });
      return FIRST_DESCRIPTOR + fd;
    } catch {
      return -ENOENT;
    }
  }

  /** Fills in what Emscripten's `struct stat` must tell of a plain file: its mode at offset 4, its size at 24. */
  private stat(file: RoutedFile, buffer: number): number {
    this.bytes().fill(0, buffer, buffer + 96);
    const view = this.view();
    view.setUint32(buffer + 4, 0o100444, true);
    view.setUint32(buffer + 8, 1, true);
    view.setBigInt64(buffer + 24, BigInt(file.size), true);
    view.setInt32(buffer + 32, 4096, true);
    return 0;
  }

  private read(file: RoutedFile, vectors: number, count: number, result: number): number {
    const view = this.view();
    const bytes = this.bytes();
    let total = 0;
    try {
      for (let i = 0; i < count; i++) {
        const pointer = view.getUint32(vectors + i * 8, true);
        const length = view.getUint32(vectors + i * 8 + 4, true);
        const got = length === 0 ? 0 : this.readAt(file, bytes.subarray(pointer, pointer + length));
        file.position += got;
        total += got;
        if (got < length) break;
      }
    } catch {
      return EIO;
    }
    view.setUint32(result, total, true);
    return 0;
  }

  /** Fills as much of `target` as there is at the file's position. @returns its bytes */
  private readAt(file: RoutedFile, target: Uint8Array): number {
    if (target.length >= READ_AHEAD) return readSync(file.fd, target, 0, target.length, file.position);
    let from = file.position - file.aheadFrom;
    if (from < 0 || from + target.length > file.aheadBytes) {
      file.aheadBytes = 0;
      file.aheadBytes = readSync(file.fd, file.ahead, 0, READ_AHEAD, file.position);
      file.aheadFrom = file.position;
      from = 0;
    }
    const found = file.ahead.subarray(from, Math.min(from + target.length, file.aheadBytes));
    target.set(found);
    return found.length;
  }

  private seek(file: RoutedFile, offset: number, whence: number, result: number): number {
    const base = whence === 0 ? 0 : whence === 1 ? file.position : file.size;
    if (base + offset < 0) return EINVAL;
    file.position = base + offset;
    this.view().setBigInt64(result, BigInt(file.position), true);
    return 0;
  }

  private close(descriptor: number): number {
    const file = this.open.get(descriptor);
    this.open.delete(descriptor);
    if (file !== undefined) closeSync(file.fd);
    return 0;
  }

  private bytes(): Uint8Array {
    if (this.memory === undefined) throw new Error('The module has no memory yet');
    return new Uint8Array(this.memory.buffer);
  }

  private view(): DataView {
    if (this.memory === undefined) throw new Error('The module has no memory yet');
    return new DataView(this.memory.buffer);
  }
}

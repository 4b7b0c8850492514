import koffi from 'koffi';
import { findUnicorn, unicornVariable } from '../setup/find-unicorn.js';

/** An opaque handle of the native library. */
export type Handle = unknown;

/** The few functions of Unicorn's C interface Plumbline needs (`unicorn/unicorn.h`, version 2). */
export interface UnicornLibrary {
  readonly version: string;
  open(arch: number, mode: number): Handle;
  close(handle: Handle): void;
  setCpuModel(handle: Handle, model: number): void;
  mapPointer(handle: Handle, address: bigint, bytes: Uint8Array, permissions: number): void;
  unmap(handle: Handle, address: bigint, size: number): void;
  /** Drops all translated code. */
  forgetCode(handle: Handle): void;
  addCodeHook(handle: Handle, callback: (size: number) => void): bigint;
  start(handle: Handle, pc: bigint): number;
  stop(handle: Handle): void;
  readBatch(handle: Handle, ids: Handle, pointers: Handle, count: number): void;
  writeBatch(handle: Handle, ids: Handle, pointers: Handle, count: number): void;
  writeBytes(handle: Handle, id: number, value: Uint8Array): void;
  /** Everything the processor holds but memory, kept until `freeContext`. */
  saveContext(handle: Handle): Handle;
  restoreContext(handle: Handle, context: Handle): void;
  freeContext(context: Handle): void;
  describe(error: number): string;
}

const UC_CTL_CPU_MODEL_WRITE = 0x44000007;
const UC_CTL_TB_FLUSH_WRITE = 0x4000000a;
const UC_HOOK_CODE = 4;
/** An address nothing runs at: runs end by the hook, never by reaching an address. */
const noUntil = 0xffff_ffff_ffff_fffen;

let loaded: UnicornLibrary | undefined;

/**
 * Loads the library named by `PLUMBLINE_UNICORN`, or the system's, or the one the command line fetched before. Throws
 * an `Error` that says what to do.
 */
export function unicornLibrary(): UnicornLibrary {
  loaded ??= bind(libraryPath());
  return loaded;
}

function libraryPath(): string {
  const path = findUnicorn(process.env);
  if (path !== undefined) return path;
  const advice = `run \`npx plumbline run --quick\` once, it fetches it, or set ${unicornVariable} to its path`;
  throw new Error(`Unicorn's library, version 2, was not found: ${advice}`);
}

function bind(path: string): UnicornLibrary {
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(path);
  } catch (error) {
    throw new Error(
      `Unicorn's library ${path} cannot be loaded (${(error as Error).message}); set ${unicornVariable} to its path`,
    );
  }
  const ucVersion = library.func('uint32_t uc_version(_Out_ uint32_t *, _Out_ uint32_t *)');
  const ucOpen = library.func('int uc_open(int, int, _Out_ void **)');
  const ucClose = library.func('int uc_close(void *)');
  const ucMap = library.func('int uc_mem_map_ptr(void *, uint64_t, size_t, uint32_t, void *)');
  const ucUnmap = library.func('int uc_mem_unmap(void *, uint64_t, size_t)');
  const ucHookAdd = library.func('int uc_hook_add(void *, _Out_ size_t *, int, void *, void *, uint64_t, uint64_t)');
  const ucStart = library.func('int uc_emu_start(void *, uint64_t, uint64_t, uint64_t, size_t)');
  const ucStop = library.func('int uc_emu_stop(void *)');
  const ucReadBatch = library.func('int uc_reg_read_batch(void *, void *, void *, int)');
  const ucWriteBatch = library.func('int uc_reg_write_batch(void *, void *, void *, int)');
  const ucWrite = library.func('int uc_reg_write(void *, int, void *)');
  const ucCtl = library.func('uc_ctl', 'int', ['void *', 'int', '...']);
  const ucContextAlloc = library.func('int uc_context_alloc(void *, _Out_ void **)');
  const ucContextSave = library.func('int uc_context_save(void *, void *)');
  const ucContextRestore = library.func('int uc_context_restore(void *, void *)');
  const ucContextFree = library.func('int uc_context_free(void *)');
  const ucStrError = library.func('const char *uc_strerror(int)');
  const hookType = koffi.pointer(koffi.proto('void (void *uc, uint64_t address, uint32_t size, void *user)'));

  const check = (what: string, error: number): void => {
    if (error !== 0) throw new Error(`Unicorn: ${what} failed: ${ucStrError(error) as string}`);
  };
  const major: [number] = [0];
  const minor: [number] = [0];
  const packed = Number(ucVersion(major, minor));
  return {
    // uc_version packs major, minor, patch and extra into one word, a byte each.
    version: `Unicorn ${major[0]}.${minor[0]}.${(packed >>> 8) & 0xff}`,
    open(arch, mode) {
      const out: [Handle] = [null];
      check('uc_open', ucOpen(arch, mode, out));
      return out[0];
    },
    close: (handle) => check('uc_close', ucClose(handle)),
    setCpuModel: (handle, model) => check('uc_ctl', ucCtl(handle, UC_CTL_CPU_MODEL_WRITE, 'int', model)),
    mapPointer: (handle, address, bytes, permissions) =>
      check(
        `mapping ${bytes.byteLength} bytes at 0x${address.toString(16)}`,
        ucMap(handle, address, bytes.byteLength, permissions, bytes),
      ),
    unmap: (handle, address, size) => check('uc_mem_unmap', ucUnmap(handle, address, size)),
    forgetCode: (handle) => check('uc_ctl', ucCtl(handle, UC_CTL_TB_FLUSH_WRITE)),
    addCodeHook(handle, callback) {
      const pointer = koffi.register((_: Handle, __: number | bigint, size: number) => callback(size), hookType);
      // begin > end: every address.
      check('uc_hook_add', ucHookAdd(handle, [0n], UC_HOOK_CODE, pointer, null, 1n, 0n));
      return pointer;
    },
    start: (handle, pc) => ucStart(handle, pc, noUntil, 0, 0),
    stop: (handle) => check('uc_emu_stop', ucStop(handle)),
    readBatch: (handle, ids, pointers, count) => {
      ucReadBatch(handle, ids, pointers, count);
    },
    writeBatch: (handle, ids, pointers, count) =>
      check('uc_reg_write_batch', ucWriteBatch(handle, ids, pointers, count)),
    writeBytes: (handle, id, value) => check('uc_reg_write', ucWrite(handle, id, value)),
    saveContext(handle) {
      const out: [Handle] = [null];
      check('uc_context_alloc', ucContextAlloc(handle, out));
      check('uc_context_save', ucContextSave(handle, out[0]));
      return out[0];
    },
    restoreContext: (handle, context) => check('uc_context_restore', ucContextRestore(handle, context)),
    freeContext: (context) => check('uc_context_free', ucContextFree(context)),
    describe: (error) => ucStrError(error) as string,
  };
}

/** Releases a callback of `addCodeHook`; koffi has a limited number of them. */
export function releaseCallback(pointer: bigint): void {
  koffi.unregister(pointer);
}

/** Native memory that JavaScript sees as an ArrayBuffer. */
export interface NativeBlock {
  readonly pointer: Handle;
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
}

/** Allocates native memory; it lives as long as the process. */
export function allocateNative(bytes: number): NativeBlock {
  const pointer = koffi.alloc('uint8_t', bytes);
  return { pointer, address: koffi.address(pointer), buffer: koffi.view(pointer, bytes) };
}

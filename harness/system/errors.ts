/** Error numbers (Linux, include/uapi/asm-generic/errno-base.h and errno.h); the same on both architectures. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EFAULT: 14,
  EINVAL: 22,
  ENOTTY: 25,
  ESPIPE: 29,
  ERANGE: 34,
  ENOSYS: 38,
} as const;

/** What a system call that failed returns: the negative error number. */
export function failure(name: keyof typeof errno): bigint {
  return BigInt.asUintN(64, -BigInt(errno[name]));
}

import { Random } from '../../generators/random.ts';
import type { Handle, UnicornLibrary } from './unicorn-library.ts';

const UC_CPU_ARM64_MAX = 3;
const UC_ARM64_REG_CP_REG = 290;

/** op0, op1, CRn, CRm, op2 of the system registers involved (Arm ARM, D17). */
type SystemRegister = readonly [number, number, number, number, number];
const SCR_EL3: SystemRegister = [3, 6, 1, 1, 0];
const HCR_EL2: SystemRegister = [3, 4, 1, 1, 0];
const SCTLR_EL1: SystemRegister = [3, 0, 1, 0, 0];
const keys: readonly SystemRegister[] = Array.from({ length: 4 }, (_, i) => [3, 0, 2, 1, i]);

/** SCR_EL3: NS, RW (lower levels are AArch64), APK and API (no traps of pointer authentication). */
const secureConfiguration = 0x30401n;
/** HCR_EL2.APK and API: no traps of pointer authentication. */
const authenticationTraps = 3n << 40n;
const HCR_EL2_RW = 1n << 31n;
/** SCTLR_EL1 with EnIA and EnIB; the other bits as at reset. */
const systemControl = 0xc0c50838n;
/** `msr APIAKeyLo_EL1, x1`: only a guest's own write makes Unicorn recompute whether the instructions are active. */
export const activationCode = Uint8Array.of(0x01, 0x21, 0x18, 0xd5);

/**
 * With the MMU off and 48-bit addresses a code occupies bits 63–56 and 54–48; bit 55 says which half the address
 * belongs to.
 */
export const pacMaskHi = 0xff7f0000;

/** Selects the processor model; must come right after opening. */
export function selectModel(library: UnicornLibrary, handle: Handle): void {
  library.setCpuModel(handle, UC_CPU_ARM64_MAX);
}

/**
 * Makes pointer authentication real: keys from the seed, no traps. `activate` must execute `activationCode` once.
 * Afterwards HCR_EL2.RW is cleared: with it, Unicorn 2.0.1 refuses addresses over 44 bits while the MMU is off.
 */
export function enable(library: UnicornLibrary, handle: Handle, seed: string, activate: (key: bigint) => void): void {
  const write = (register: SystemRegister, value: bigint): void => {
    const [op0, op1, crn, crm, op2] = register;
    const bytes = new Uint8Array(32);
    const view = new DataView(bytes.buffer);
    [crn, crm, op0, op1, op2].forEach((field, i) => {
      view.setUint32(4 * i, field, true);
    });
    view.setBigUint64(24, value, true);
    library.writeBytes(handle, UC_ARM64_REG_CP_REG, bytes);
  };
  const random = new Random(`${seed}/pointer-authentication`);
  const values = keys.map(() => random.u64());
  write(SCR_EL3, secureConfiguration);
  write(HCR_EL2, authenticationTraps | HCR_EL2_RW);
  write(SCTLR_EL1, systemControl);
  keys.forEach((key, i) => {
    write(key, values[i]!);
  });
  activate(values[0]!);
  write(HCR_EL2, authenticationTraps);
}

import { cfi } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import { Random } from '../../random.ts';
import { buildProgram } from '../build-program.ts';
import { ordinaryPlacement } from '../placement.ts';
import type { Scenario } from '../scenario.ts';
import { UnexecutedFunction } from './unexecuted-function.ts';

const name = 'pointer-authentication/with-pc-rows';
const { x16, x29, x30, sp } = a64.registers;
/** Registers whose content nobody waits for. */
const scratch = a64.xRegisters.slice(9, 16);

/**
 * Functions that sign with their own PC (FEAT_PAuth_LR), which no emulator at hand executes: only what the rows say is
 * judged, the address of the signing instruction included.
 */
export const signedWithPcRows: Scenario = {
  name,
  description: 'return addresses signed with the PC, too: what the rows say; none of it is executed',
  about:
    'With FEAT_PAuth_LR the address of the signing instruction is part of the signature. Its code cannot be executed ' +
    'here, so the rows themselves are compared: whether the address is signed, with what, and where. ' +
    'DW_CFA_AARCH64_negate_ra_state_with_pc stands at the signing instruction, DW_CFA_AARCH64_set_ra_state anywhere, ' +
    'with a distance to it that may lead into another part of a split function. Unwinders have taken the three states ' +
    'for two bits, and looked for the instruction 4 bytes from where it is.',
  source: 'aadwarf64, "Call frame instructions"; real: LLVM libunwind #206814, #164224, abi-aa PR #346',
  architectures: ['aarch64'],
  needs: ['callee-saved', 'pointer-authentication', 'signing-with-pc'],
  count: (mode) => (mode === 'full' ? 40 : 6),
  generate(architecture, index, seed) {
    const random = new Random(`${seed}/${architecture}/${name}/${index}`);
    const functions = Array.from({ length: random.between(3, 6) }, (_, i) => split(`function${i}`, random.derive(i)));
    const parts = functions.flat();
    return buildProgram({
      scenario: name,
      needs: signedWithPcRows.needs,
      architecture,
      index,
      seed,
      placement: ordinaryPlacement(random),
      functions: parts.map((part) => part.code()),
      padding: parts.map((part) => part.name),
      runs: () => [],
      expectedRows: (linked) => parts.flatMap((part) => part.rows(linked)),
    });
  },
};

/** One function, perhaps in two parts, in the order they lie in memory. */
function split(name: string, random: Random): UnexecutedFunction[] {
  const bKey = random.chance(0.4);
  const byOpcode = random.pick(['set', 'negate'] as const);
  const hot = new UnexecutedFunction(name, bKey);
  const signing = `${name}.signing`;
  const work = (part: UnexecutedFunction, most: number) => {
    for (let count = random.between(1, most); count > 0; count--) {
      part.emit(a64.eorRegister(random.pick(scratch), random.pick(scratch), random.pick(scratch)));
    }
  };
  const frame = 16 * random.between(1, 8);
  work(hot, 3);
  hot.label(signing);
  const signedAt = hot.size;
  if (byOpcode === 'negate') hot.signed(cfi.negateRaStateWithPc(), { label: signing });
  hot.emit(bKey ? a64.pacibsppc() : a64.paciasppc());
  if (byOpcode === 'set') {
    if (random.chance(0.5)) work(hot, 2);
    hot.signed(cfi.setRaState(2, signedAt - hot.size), { label: signing });
  }
  hot.emit(a64.stp(x29, x30, a64.preIndex(sp, -frame)));
  hot.pushed(frame);
  if (random.chance(0.5)) {
    hot.emit(a64.mov(x29, sp));
    hot.framed();
  }
  work(hot, 3);
  const leave = (part: UnexecutedFunction) => {
    part.emit(a64.ldp(x29, x30, a64.postIndex(sp, frame)));
    part.popped();
    part.emit(a64.adr(x16, signing), bKey ? a64.autibsppcr(x16) : a64.autiasppcr(x16));
    part.signed(byOpcode === 'set' ? cfi.setRaState(0, 0) : cfi.negateRaStateWithPc(), undefined);
    part.emit(a64.ret());
  };
  if (random.chance(0.5)) {
    const back = hot.remember();
    leave(hot);
    back();
    work(hot, 3);
  }
  // Its other part begins signed: that only an opcode that sets the state can say, since the toggle notes its own place.
  const cold = byOpcode === 'set' && random.chance(0.6) ? new UnexecutedFunction(`${name}.cold`, bKey) : undefined;
  const first = random.chance(0.5);
  const order = cold === undefined ? [hot] : first ? [cold, hot] : [hot, cold];
  const rest = random.derive('rest').between(1, 3);
  const coldBody = Array.from({ length: rest }, () => a64.mov(random.pick(scratch), random.pick(scratch)));
  if (cold === undefined) leave(hot);
  else {
    hot.emit(a64.b(cold.name));
    // Body and the four instructions of `leave`.
    const coldSize = 4 * (coldBody.length + 4);
    cold.continueFrame(hot);
    cold.signed(cfi.setRaState(2, first ? coldSize + signedAt : signedAt - hot.size), { label: signing });
    cold.emit(...coldBody);
    leave(cold);
  }
  return order;
}

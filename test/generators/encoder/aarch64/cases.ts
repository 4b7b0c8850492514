import type { Instruction } from '../../../../generators/assembly/item.ts';
import * as a64 from '../../../../generators/encoder/aarch64/index.ts';

/** An encoded instruction and how GNU as spells it; `distance` is where its label lies, from the instruction on. */
export interface Case {
  readonly text: string;
  readonly instruction: Instruction;
  readonly distance?: number;
}

const { sp, xzr, x0, x1, x2, x9, x16, x17, x18, x19, x28, x29, x30 } = a64.registers;
const general: readonly a64.XRegister[] = [x0, x1, x9, x17, x18, x19, x28, x29, x30];
const generalOrZero: readonly a64.XOrZero[] = [...general, xzr];
const bases: readonly a64.XOrSp[] = [x2, x16, sp];
const doubles = [0, 1, 7, 8, 9, 14, 15, 16, 31].map((code) => a64.dRegisters[code]!);
const quads = [0, 1, 7, 8, 31].map((code) => a64.qRegisters[code]!);
const cases: Case[] = [];

function add(text: string, instruction: Instruction, distance?: number): void {
  cases.push(distance === undefined ? { text, instruction } : { text, instruction, distance });
}

/** The same register under its 32-bit name. */
function w(register: a64.XOrZero): string {
  return register.kind === 'xzr' ? 'wzr' : `w${register.code}`;
}

type AddressMode = (base: a64.XOrSp, bytes: number) => { address: a64.ImmediateAddress; text: string };
const withOffset: AddressMode = (base, n) => ({ address: a64.offset(base, n), text: `[${base.name}, #${n}]` });
const withPreIndex: AddressMode = (base, n) => ({ address: a64.preIndex(base, n), text: `[${base.name}, #${n}]!` });
const withPostIndex: AddressMode = (base, n) => ({ address: a64.postIndex(base, n), text: `[${base.name}], #${n}` });

const pairs = [
  { size: 8, registers: generalOrZero },
  { size: 8, registers: doubles },
  { size: 16, registers: quads },
] as const;
for (const { size, registers } of pairs) {
  for (const [i, first] of registers.entries()) {
    const second = registers[(i + 1) % registers.length]!;
    for (const base of bases) {
      for (const mode of [withOffset, withPreIndex, withPostIndex]) {
        for (const n of [-64 * size, -2 * size, size, 63 * size]) {
          const { address, text } = mode(base, n);
          add(`stp ${first.name}, ${second.name}, ${text}`, a64.stp<typeof first>(first, second, address));
          add(`ldp ${first.name}, ${second.name}, ${text}`, a64.ldp<typeof first>(first, second, address));
        }
      }
    }
  }
}

for (const [size, registers] of [
  [8, generalOrZero],
  [8, doubles],
  [16, quads],
] as const) {
  for (const register of registers) {
    for (const base of bases) {
      for (const n of [0, size, 16 * size, 4095 * size, -1, -256, 255, 3]) {
        const { address, text } = withOffset(base, n);
        add(`str ${register.name}, ${text}`, a64.str(register, address));
        add(`ldr ${register.name}, ${text}`, a64.ldr(register, address));
      }
      for (const n of [-256, -16, 0, 8, 255]) {
        for (const { address, text } of [withPreIndex(base, n), withPostIndex(base, n)]) {
          add(`str ${register.name}, ${text}`, a64.str(register, address));
          add(`ldr ${register.name}, ${text}`, a64.ldr(register, address));
        }
        const { address, text } = withOffset(base, n);
        add(`stur ${register.name}, ${text}`, a64.stur(register, address));
        add(`ldur ${register.name}, ${text}`, a64.ldur(register, address));
      }
      for (const index of [x1, x30, xzr]) {
        const shift = size === 8 ? 3 : 4;
        add(`ldr ${register.name}, [${base.name}, ${index.name}]`, a64.ldr(register, a64.indexed(base, index)));
        add(
          `str ${register.name}, [${base.name}, ${index.name}, lsl #${shift}]`,
          a64.str(register, a64.indexed(base, index, true)),
        );
      }
    }
  }
}

for (const register of generalOrZero) {
  for (const base of bases) {
    for (const n of [0, 1, 4095, -1, -256]) {
      const { address, text } = withOffset(base, n);
      add(`ldrb ${w(register)}, ${text}`, a64.ldrb(register, address));
      add(`strb ${w(register)}, ${text}`, a64.strb(register, address));
    }
    for (const n of [0, 4, 16380, -4, 2]) {
      const { address, text } = withOffset(base, n);
      add(`ldrsw ${register.name}, ${text}`, a64.ldrsw(register, address));
    }
    add(`ldrsw ${register.name}, [${base.name}, x1, lsl #2]`, a64.ldrsw(register, a64.indexed(base, x1, true)));
    add(`ldrb ${w(register)}, [${base.name}, x1]`, a64.ldrb(register, a64.indexed(base, x1)));
  }
  for (const distance of [-0x100000, -4, 0, 4, 0xffffc]) {
    add(`ldr ${register.name}, .+(${distance})`, a64.ldrLiteral(register, 'there'), distance);
  }
}

for (const rd of [...general, sp]) {
  for (const rn of [...general, sp]) {
    for (const value of [0, 1, 16, 0x520, 0xfff, 0x1000, 0x15000, 0xfff000]) {
      add(`add ${rd.name}, ${rn.name}, #${value}`, a64.addImmediate(rd, rn, value));
      add(`sub ${rd.name}, ${rn.name}, #${value}`, a64.subImmediate(rd, rn, value));
    }
    add(`mov ${rd.name}, ${rn.name}`, a64.mov(rd, rn));
    for (const rm of [x0, x30, xzr]) {
      add(`add ${rd.name}, ${rn.name}, ${rm.name}`, a64.addRegister(rd, rn, rm));
      add(`sub ${rd.name}, ${rn.name}, ${rm.name}`, a64.subRegister(rd, rn, rm));
      for (const amount of [1, 4]) {
        const shift = { kind: 'lsl', amount } as const;
        add(`add ${rd.name}, ${rn.name}, ${rm.name}, lsl #${amount}`, a64.addRegister(rd, rn, rm, shift));
        add(`sub ${rd.name}, ${rn.name}, ${rm.name}, lsl #${amount}`, a64.subRegister(rd, rn, rm, shift));
      }
    }
  }
  for (const value of [0, 1, 0xfff, 0x1000, 0xabc000]) {
    add(`cmp ${rd.name}, #${value}`, a64.cmpImmediate(rd, value));
    add(`cmn ${rd.name}, #${value}`, a64.cmnImmediate(rd, value));
  }
  for (const rm of generalOrZero) {
    add(`cmp ${rd.name}, ${rm.name}`, a64.cmpRegister(rd, rm));
    add(`cmn ${rd.name}, ${rm.name}`, a64.cmnRegister(rd, rm));
    add(`cmp ${rd.name}, ${rm.name}, lsl #3`, a64.cmpRegister(rd, rm, { kind: 'lsl', amount: 3 }));
  }
}

const bitmasks = [
  1n,
  0xffn,
  0xfffffffffffffff0n,
  0xffffffffffff0000n,
  0x8000000000000000n,
  0x8000000000000001n,
  0x7fffffffffffffffn,
  0x5555555555555555n,
  0xccccccccccccccccn,
  0xe1e1e1e1e1e1e1e1n,
  0x00ff00ff00ff00ffn,
  0x8000000180000001n,
  0x3ffffffc00000000n,
];
for (const rd of general) {
  for (const value of bitmasks) {
    add(`and ${rd.name}, x9, #${value}`, a64.andImmediate(rd, x9, value));
    add(`orr ${rd.name}, x30, #${value}`, a64.orrImmediate(rd, x30, value));
    add(`eor ${rd.name}, x0, #${value}`, a64.eorImmediate(rd, x0, value));
    add(`and sp, ${rd.name}, #${value}`, a64.andImmediate(sp, rd, value));
    add(`tst ${rd.name}, #${value}`, a64.tstImmediate(rd, value));
  }
  for (const amount of [0, 1, 12, 63]) {
    add(`lsl ${rd.name}, x1, #${amount}`, a64.lslImmediate(rd, x1, amount));
    add(`lsr ${rd.name}, x1, #${amount}`, a64.lsrImmediate(rd, x1, amount));
  }
}
for (const rd of generalOrZero) {
  for (const rm of generalOrZero) {
    add(`and ${rd.name}, x2, ${rm.name}`, a64.andRegister(rd, x2, rm));
    add(`orr ${rd.name}, x2, ${rm.name}`, a64.orrRegister(rd, x2, rm));
    add(`eor ${rd.name}, x2, ${rm.name}`, a64.eorRegister(rd, x2, rm));
    add(`tst ${rd.name}, ${rm.name}`, a64.tstRegister(rd, rm));
    add(`mul ${rd.name}, ${rm.name}, x2`, a64.mul(rd, rm, x2));
    add(`madd ${rd.name}, x9, ${rm.name}, x2`, a64.madd(rd, x9, rm, x2));
    add(`udiv ${rd.name}, x9, ${rm.name}`, a64.udiv(rd, x9, rm));
  }
  for (const kind of ['lsl', 'lsr', 'asr', 'ror'] as const) {
    for (const amount of [1, 63]) {
      add(`orr ${rd.name}, x1, x2, ${kind} #${amount}`, a64.orrRegister(rd, x1, x2, { kind, amount }));
      if (kind !== 'ror') {
        add(`add ${rd.name}, x1, x2, ${kind} #${amount}`, a64.addRegister(rd, x1, x2, { kind, amount }));
        add(`sub ${rd.name}, x1, xzr, ${kind} #${amount}`, a64.subRegister(rd, x1, xzr, { kind, amount }));
      }
    }
  }
  for (const shift of [0, 16, 32, 48] as const) {
    for (const value of [0, 1, 0xbeef, 0xffff]) {
      const suffix = shift === 0 ? '' : `, lsl #${shift}`;
      add(`movz ${rd.name}, #${value}${suffix}`, a64.movz(rd, value, shift));
      add(`movk ${rd.name}, #${value}${suffix}`, a64.movk(rd, value, shift));
      add(`movn ${rd.name}, #${value}${suffix}`, a64.movn(rd, value, shift));
    }
  }
}

const conditions = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'] as const;
for (const condition of conditions) {
  for (const rd of general) {
    add(`csel ${rd.name}, x2, xzr, ${condition}`, a64.csel(rd, x2, xzr, condition));
    add(`cset ${rd.name}, ${condition}`, a64.cset(rd, condition));
  }
  for (const distance of [-0x100000, -4, 0, 4, 0xffffc]) {
    add(`b.${condition} .+(${distance})`, a64.bCond(condition, 'there'), distance);
  }
}

for (const distance of [-0x8000000, -0x100, 0, 4, 0x7fffffc]) {
  add(`b .+(${distance})`, a64.b('there'), distance);
  add(`bl .+(${distance})`, a64.bl('there'), distance);
}
for (const rt of generalOrZero) {
  for (const distance of [-0x100000, 8, 0xffffc]) {
    add(`cbz ${rt.name}, .+(${distance})`, a64.cbz(rt, 'there'), distance);
    add(`cbnz ${rt.name}, .+(${distance})`, a64.cbnz(rt, 'there'), distance);
  }
  for (const distance of [-0x8000, 8, 0x7ffc]) {
    for (const bit of [0, 31, 32, 63]) {
      add(`tbz ${rt.name}, #${bit}, .+(${distance})`, a64.tbz(rt, bit, 'there'), distance);
      add(`tbnz ${rt.name}, #${bit}, .+(${distance})`, a64.tbnz(rt, bit, 'there'), distance);
    }
  }
  for (const distance of [-0x100000, -3, 0, 1, 0xfffff]) {
    add(`adr ${rt.name}, .+(${distance})`, a64.adr(rt, 'there'), distance);
  }
  add(`br ${rt.name}`, a64.br(rt));
  add(`blr ${rt.name}`, a64.blr(rt));
}
for (const rn of a64.xRegisters) {
  add(`ret ${rn.name}`, a64.ret(rn));
}
add('ret', a64.ret());

for (const rd of general) {
  for (const rn of [x1, x30, sp]) {
    add(`pacia ${rd.name}, ${rn.name}`, a64.pacia(rd, rn));
    add(`pacib ${rd.name}, ${rn.name}`, a64.pacib(rd, rn));
    add(`autia ${rd.name}, ${rn.name}`, a64.autia(rd, rn));
    add(`autib ${rd.name}, ${rn.name}`, a64.autib(rd, rn));
  }
  add(`xpaci ${rd.name}`, a64.xpaci(rd));
}
add('paciasp', a64.paciasp());
add('pacibsp', a64.pacibsp());
add('autiasp', a64.autiasp());
add('autibsp', a64.autibsp());
add('xpaclri', a64.xpaclri());
add('retaa', a64.retaa());
add('retab', a64.retab());
add('hint #39', a64.pacm());

add('nop', a64.nop());
for (const targets of ['c', 'j', 'jc'] as const) {
  add(`bti ${targets}`, a64.bti(targets));
}
for (const value of [0, 1, 0x80, 0xffff]) {
  add(`svc #${value}`, a64.svc(value));
  add(`brk #${value}`, a64.brk(value));
  add(`hlt #${value}`, a64.hlt(value));
  add(`udf #${value}`, a64.udf(value));
}
for (const rt of generalOrZero) {
  for (const register of ['nzcv', 'fpcr', 'fpsr', 'tpidr_el0'] as const) {
    add(`mrs ${rt.name}, ${register}`, a64.mrs(rt, register));
    add(`msr ${register}, ${rt.name}`, a64.msr(register, rt));
  }
}

for (const d of doubles) {
  for (const r of generalOrZero) {
    add(`fmov ${d.name}, ${r.name}`, a64.fmov(d, r));
    add(`fmov ${r.name}, ${d.name}`, a64.fmov(r, d));
  }
  for (const m of doubles) {
    add(`fmov ${d.name}, ${m.name}`, a64.fmov(d, m));
    add(`fadd ${d.name}, d3, ${m.name}`, a64.fadd(d, a64.dRegisters[3]!, m));
    add(`fsub ${d.name}, d3, ${m.name}`, a64.fsub(d, a64.dRegisters[3]!, m));
    add(`fmul ${d.name}, d3, ${m.name}`, a64.fmul(d, a64.dRegisters[3]!, m));
  }
}

for (const count of [-32, -1, 0, 1, 31]) {
  add(`addvl sp, sp, #${count}`, a64.addvl(a64.registers.sp, a64.registers.sp, count));
  add(`addvl x9, sp, #${count}`, a64.addvl(a64.registers.x9, a64.registers.sp, count));
}
for (const index of [-256, -9, -1, 0, 1, 7, 8, 255]) {
  add(`str z8, [sp, #${index}, mul vl]`, a64.strVector(8, a64.registers.sp, index));
  add(`ldr z31, [x9, #${index}, mul vl]`, a64.ldrVector(31, a64.registers.x9, index));
}

export const encoderCases: readonly Case[] = cases;

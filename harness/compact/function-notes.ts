import type { Row } from '../../engine/index.ts';
import { dwarfState } from './dwarf-state.ts';
import type { RegisterDifference } from './row-difference.ts';
import type { DwarfState } from './x86-64/follow-code.ts';
import { type Claim, proveClaims } from './x86-64/prove-claims.ts';

/** What is kept of a function while its rows are compared: what its code has to prove, and what is needed for that. */
export class FunctionNotes {
  readonly claims: Claim[] = [];
  /** Stretches of addresses proven in all functions so far, by reason. */
  popped = 0;
  pushed = 0;
  /** Reasons for which claims of this function are proven. */
  readonly provenKinds = new Set<Claim['kind']>();
  readonly #rows: DwarfState[] = [];
  #start = 0;

  begin(start: number): void {
    this.claims.length = 0;
    this.#rows.length = 0;
    this.provenKinds.clear();
    this.#start = start;
  }

  /** Notes what DWARF says from an address on. */
  addDwarf(address: number, row: Row): void {
    this.#rows.push(dwarfState(address - this.#start, row));
  }

  /** Notes that a register is elsewhere than DWARF says. */
  claim(start: number, end: number, { kind, column, offset }: RegisterDifference): void {
    this.claims.push({ start, end, kind, column, offset });
  }

  /** Tries to prove the claims: gives one claim of each stretch of addresses where that fails. */
  unproven(code: Uint8Array | undefined): Claim[] {
    const { claims } = this;
    const proven = code !== undefined ? proveClaims(code, this.#rows, claims) : claims.map(() => false);
    const failed: Claim[] = [];
    for (let i = 0; i < claims.length; ) {
      // Where several registers differ at the same addresses, that counts once.
      const first = claims[i]!;
      let whole = true;
      const kinds = new Set<Claim['kind']>();
      for (; i < claims.length && claims[i]!.start === first.start; i++) {
        whole &&= proven[i]!;
        kinds.add(claims[i]!.kind);
      }
      if (!whole) failed.push(first);
      else {
        if (kinds.has('popped')) this.popped++;
        if (kinds.has('pushed')) this.pushed++;
        for (const kind of kinds) this.provenKinds.add(kind);
      }
    }
    return failed;
  }
}

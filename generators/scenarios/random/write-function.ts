import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../assembly/index.ts';
import { type CfiDirective, cfi, dwarf, expression } from '../../cfi/index.ts';
import { cieOf, createWriter } from '../../function/create-writer.ts';
import type { FrameState, FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { RecipeFunction, Step } from './recipe.ts';
import { respell } from './respell.ts';

/** What a function of a recipe shares with the others. */
export interface FunctionContext {
  readonly architecture: ArchitectureName;
  readonly random: Random;
  readonly name: string;
  /** Name of the function with an index. */
  nameOf(index: number): string;
  /** The selector's bit for a step that branches. */
  bitOf(step: Step): number;
  /** The variable a `recur` step counts down. */
  fuelOf(step: Step): string;
  /** It is the entry, and there are branches. */
  readonly storesSelector: boolean;
}

/** A diverting call, to be written behind everything else. */
interface Diversion {
  readonly label: string;
  readonly state: FrameState;
  readonly target: string;
}

/** A settled function as code, with the fragments that lie elsewhere. */
export function writeFunction(one: RecipeFunction, context: FunctionContext): CodeFunction[] {
  return new StepWriter(one, context).functions();
}

class StepWriter {
  readonly #one: RecipeFunction;
  readonly #context: FunctionContext;
  readonly #writer: FunctionWriter;
  readonly #diversions: Diversion[] = [];
  readonly #fragments: { name: string; writer: FunctionWriter }[] = [];
  #entered = false;
  #labels = 0;

  constructor(one: RecipeFunction, context: FunctionContext) {
    this.#one = one;
    this.#context = context;
    this.#writer = createWriter(context.architecture, one.style, context.random);
  }

  functions(): CodeFunction[] {
    const { name, architecture, random, storesSelector } = this.#context;
    if (storesSelector) this.#writer.storeSelector();
    for (const step of this.#one.steps) this.#step(step);
    this.#end();
    for (const { label, state, target } of this.#diversions.toReversed()) {
      this.#writer.resume(state, 'restoreState');
      this.#writer.label(label);
      this.#writer.call(target);
    }
    const cie = cieOf(this.#one.style);
    const align = architecture === 'x86-64' ? 1 : 4;
    return [{ name, writer: this.#writer }, ...this.#fragments].map((part) => ({
      name: part.name,
      items: respell(part.writer.items, this.#one.spelling, architecture, random.derive(part.name)),
      cie,
      align,
    }));
  }

  #step(step: Step): void {
    const writer = this.#writer;
    const { nameOf } = this.#context;
    switch (step.kind) {
      case 'enter':
        writer.prologue();
        this.#entered = true;
        break;
      case 'clobber':
        writer.overwrite();
        break;
      case 'work':
        writer.work(step.value);
        break;
      case 'call':
        writer.call(nameOf(step.value));
        break;
      case 'point':
        writer.callIndirect(nameOf(step.value));
        break;
      case 'recur':
        this.#recur(step);
        break;
      case 'return':
      case 'return-anew':
        this.#return(step);
        break;
      case 'cold':
        this.#cold(step);
        break;
      case 'divert':
        this.#divert(step);
        break;
      case 'push':
      case 'push-anew':
        this.#push(step);
        break;
      case 'say-state':
        writer.row.remember();
        writer.row.restoreState();
        break;
      default:
        this.#say(this.#saying(step));
        break;
    }
  }

  #end(): void {
    const writer = this.#writer;
    const { kind, value } = this.#one.end;
    if (kind === 'ret' || kind === 'tail') this.#leave();
    switch (kind) {
      case 'ret':
        writer.ret();
        break;
      case 'tail':
        writer.tailCall(this.#context.nameOf(value));
        break;
      case 'last':
        writer.call(this.#context.nameOf(value));
        break;
      case 'exit':
        writer.exit();
    }
  }

  #leave(): void {
    if (this.#entered) this.#writer.epilogue();
  }

  #recur(step: Step): void {
    const past = this.#label();
    this.#writer.countDown(this.#context.fuelOf(step), past);
    this.#writer.call(this.#context.nameOf(step.value));
    this.#writer.label(past);
  }

  /** The selector's bit is set where control goes on. */
  #return(step: Step): void {
    const writer = this.#writer;
    const past = this.#label();
    writer.branchIf(this.#context.bitOf(step), past);
    const state = writer.state();
    const how = step.kind === 'return' ? 'restoreState' : 'redeclare';
    if (how === 'restoreState') writer.row.remember();
    this.#leave();
    writer.ret();
    writer.resume(state, how);
    writer.label(past);
  }

  #cold(step: Step): void {
    const writer = this.#writer;
    const cold = `${this.#context.name}.cold${this.#fragments.length}`;
    const warm = this.#label();
    writer.branchIf(this.#context.bitOf(step), cold);
    writer.label(warm);
    const fragment = writer.fragment(writer.state());
    fragment.work(Math.max(1, step.value));
    fragment.jump(warm);
    this.#fragments.push({ name: cold, writer: fragment });
  }

  #divert(step: Step): void {
    const writer = this.#writer;
    const label = this.#label();
    writer.branchIf(this.#context.bitOf(step), label);
    writer.row.remember();
    this.#diversions.push({ label, state: writer.state(), target: this.#context.nameOf(step.value) });
  }

  #push({ kind, value }: Step): void {
    const writer = this.#writer;
    const { sp, add } = machineOf(this.#context.architecture);
    const { row } = writer.row;
    const isBase = row.cfaRegister === sp;
    if (kind === 'push') writer.row.remember();
    writer.items.push(add(sp, sp, -value));
    if (isBase) writer.row.defCfa(sp, row.cfaOffset + value);
    writer.work(1);
    writer.items.push(add(sp, sp, value));
    if (kind === 'push') writer.row.restoreState();
    else writer.row.redeclare(row);
  }

  #saying({ kind }: Step): CfiDirective {
    const { sp, calleeSaved } = machineOf(this.#context.architecture);
    switch (kind) {
      case 'say-sp':
        return cfi.valOffset(sp, 0);
      case 'say-sp-expression':
        return cfi.valExpression(sp, expression(dwarf.nop()));
      case 'say-arguments':
        return cfi.argsSize(0);
      case 'say-same': {
        const { slots, cfaRegister } = this.#writer.row.row;
        const kept = calleeSaved.filter((register) => !slots.has(register) && register !== cfaRegister);
        return kept.length === 0 ? cfi.nop() : cfi.sameValue(this.#context.random.pick(kept));
      }
      default:
        return cfi.nop();
    }
  }

  #say(directive: CfiDirective): void {
    this.#writer.items.push({ cfi: directive });
  }

  #label(): string {
    return `${this.#context.name}.${this.#labels++}`;
  }
}

import type { Defect } from './defect.ts';
import type { Caught, SearchOutcome } from './search.ts';

/** What became of one defect. */
export function defectText(defect: Defect, caught: Caught | undefined): string {
  const title = `${String(defect.number).padStart(2, '0')} ${defect.title}  (${defect.seenIn})`;
  return caught === undefined ? `✗ ${title}\n     not caught by any program` : `✓ ${title}\n     ${caughtText(caught)}`;
}

/** What became of the engine as it is. */
export function controlText(programs: number, { stops, caught }: SearchOutcome): string {
  const [first] = caught;
  return first === undefined
    ? `✓ control: the undamaged engine passes ${programs} programs at all ${stops} stops, those above among them`
    : `✗ control: the undamaged engine fails ${caught.length} of ${programs} programs\n     ${caughtText(first)}`;
}

function caughtText({ program, divergence }: Caught): string {
  const { unwinder, at, message } = divergence;
  const where = at === undefined ? '' : `, run ${at.run}, stop ${at.stop}, pc ${at.pc}`;
  return `caught by ${program.scenario}#${program.index} on ${program.architecture} (${unwinder}${where}):\n     ${message}`;
}

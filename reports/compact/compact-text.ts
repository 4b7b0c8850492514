import type { CompactEncoding, CompactFile, CompactSteps, InexactPlace } from '../../harness/record/compact.ts';
import { type Cell, layOut, type Style } from '../terminal/index.ts';

/** What `plumbline compact` found about a file: a table with a column for each encoding, reasons and inexact places. */
export function compactText(file: CompactFile, style: Style): string {
  const encodings = Object.entries(file.encodings);
  const lines = [style('bold', heading(file)), style('dim', originalText(file))];
  if (encodings.length === 0) lines.push('no encoding is for such a file');
  else lines.push('', ...table(encodings, style), ...reasons(encodings), ...places(encodings, style));
  return `${lines.join('\n')}\n`;
}

/** What several files come to together, by encoding; empty for one file. */
export function compactSumText(files: readonly CompactFile[], style: Style): string {
  if (files.length < 2) return '';
  const names = [...new Set(files.flatMap(({ encodings }) => Object.keys(encodings)))];
  const right = (text: string): Cell => ({ text, align: 'right' });
  const [head, ...rows] = layOut([
    [
      { text: 'in all' },
      ...['files', 'functions', 'encoded', 'inexact', 'bytes', 'original', 'smaller'].map((title) => right(title)),
    ],
    ...names.map((name) => {
      const found = files.flatMap(({ encodings }) => encodings[name] ?? []);
      const sum = (count: (encoding: CompactEncoding) => number) => found.reduce((total, one) => total + count(one), 0);
      const totalBytes = sum((one) => one.totalBytes);
      const originalBytes = sum((one) => one.originalBytes);
      const functions = sum((one) => one.functions);
      const encoded = sum((one) => one.strict + one.valueEqual);
      const cells = [
        number(found.length),
        number(functions),
        share(encoded, functions),
        number(sum((one) => one.inexact)),
        number(totalBytes),
        number(originalBytes),
        smaller({ totalBytes, originalBytes }),
      ];
      return [{ text: name }, ...cells.map((cell) => right(cell))];
    }),
  ]);
  return `\n${[style('dim', head!), ...rows].join('\n')}\n`;
}

function heading({ file, kind, architecture, members }: CompactFile): string {
  const what = kind === 'archive' ? `archive, ${number(members)} objects with unwind information` : kind;
  return `${file} (${what}, ${architecture})`;
}

function originalText({ original }: CompactFile): string {
  const parts = Object.entries(original).map(([name, bytes]) => `${name} ${number(bytes)}`);
  return `original bytes: ${parts.join(' + ')}`;
}

type Named = readonly [name: string, encoding: CompactEncoding];

function table(encodings: readonly Named[], style: Style): string[] {
  const row = (label: string, cell: (encoding: CompactEncoding) => Cell): Cell[] => [
    { text: label },
    ...encodings.map(([, encoding]) => ({ align: 'right' as const, ...cell(encoding) })),
  ];
  const text = (value: string): Cell => ({ text: value });
  const bad = (count = 0) => count > 0 && { paint: (cell: string) => style('red', cell) };
  const parts = [...new Set(encodings.flatMap(([, { bytes }]) => Object.keys(bytes)))];
  const head: Cell[] = [{ text: '' }, ...encodings.map(([name]) => ({ text: name, align: 'right' as const }))];
  const [first, ...rest] = layOut([
    head,
    row('functions', ({ functions }) => text(number(functions))),
    row('  encoded', (one) => text(share(one.strict + one.valueEqual, one.functions))),
    row('  strictly equal', ({ strict }) => text(number(strict))),
    row('  equal by value', ({ valueEqual }) => text(number(valueEqual))),
    row('    rows: popped', ({ popped }) => text(number(popped))),
    row('    rows: pushed', ({ pushed }) => text(number(pushed))),
    row('  stay DWARF', (one) => text(number(fallbackCount(one)))),
    row('  inexact', ({ inexact }) => ({ text: number(inexact), ...bad(inexact) })),
    row('LSDAs wrong', ({ lsda }) => ({
      text: lsda === undefined ? '-' : `${number(lsda.wrong)} of ${number(lsda.checked)}`,
      ...bad(lsda?.wrong),
    })),
    ...(encodings.some(([, { steps }]) => steps !== undefined)
      ? [
          row('steps compared', ({ steps }) => text(steps === undefined ? '-' : number(steps.steps))),
          row('  in functions', ({ steps }) => text(steps === undefined ? '-' : number(steps.functions))),
          row('  to a caller', ({ steps }) => text(steps === undefined ? '-' : number(steps.toCaller))),
          row('  different', ({ steps }) => ({
            text: steps === undefined ? '-' : number(steps.different),
            ...bad(steps?.different),
          })),
        ]
      : []),
    row('descriptors a function', (one) => text(perFunction(one))),
    ...parts.map((part) =>
      row(`bytes: ${part}`, ({ bytes }) => text(bytes[part] === undefined ? '-' : number(bytes[part]))),
    ),
    row('bytes', ({ totalBytes }) => text(number(totalBytes))),
    row('smaller than the original', (one) => text(smaller(one))),
    row('addresses without FDE answered', ({ beyond }) => text(number(beyond))),
  ]);
  return [style('dim', first!), ...rest];
}

function reasons(encodings: readonly Named[]): string[] {
  const rows = encodings.flatMap(([name, { fallback }]) =>
    Object.entries(fallback)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => [{ text: name }, { text: number(count), align: 'right' as const }, { text: reason }]),
  );
  return rows.length === 0 ? [] : ['', 'why functions stay DWARF', ...layOut(rows).map((line) => `  ${line}`)];
}

function places(encodings: readonly Named[], style: Style): string[] {
  const list = (what: string, found: readonly string[]) =>
    found.length === 0 ? [] : ['', style('red', what), ...found];
  return encodings.flatMap(([name, { examples, inexact, steps }]) => [
    ...list(`${name}: ${number(inexact)} inexact, the first:`, examples.flatMap(placeText)),
    ...list(
      `${name}: ${number(steps?.different ?? 0)} steps differ, the first:`,
      (steps?.differences ?? []).flatMap(stepText),
    ),
  ]);
}

function stepText({ pc, original, emitted }: CompactSteps['differences'][number]): string[] {
  const [one, other] = onlyDifferent(original, emitted);
  return [`  from ${pc}`, `    original  ${one}`, `    emitted   ${other}`];
}

/** Of two lists of registers, those that differ. */
function onlyDifferent(a: string, b: string): readonly [string, string] {
  const [one, other] = [a.split(' '), b.split(' ')];
  const areRegisters = [...one, ...other].every((word) => word.includes('='));
  if (!areRegisters || one.length !== other.length) return [a, b];
  const kept = one.flatMap((word, i) => (word === other[i] ? [] : [i]));
  return [kept.map((i) => one[i]).join(' '), kept.map((i) => other[i]).join(' ')];
}

function placeText({ member, function: start, address, size, dwarf, encoding }: InexactPlace): string[] {
  const where = `${member === undefined ? '' : `${member}: `}function ${start}, ${size} bytes from ${address}`;
  return [`  ${where}`, `    DWARF     ${dwarf}`, `    encoding  ${encoding}`];
}

/** Of the functions that do not stay DWARF. */
function perFunction(encoding: CompactEncoding): string {
  const encoded = encoding.functions - fallbackCount(encoding);
  return encoded === 0 ? '-' : (encoding.descriptors / encoded).toFixed(2);
}

function fallbackCount({ fallback }: CompactEncoding): number {
  return Object.values(fallback).reduce((sum, count) => sum + count, 0);
}

function smaller({ totalBytes, originalBytes }: Pick<CompactEncoding, 'totalBytes' | 'originalBytes'>): string {
  return originalBytes === 0 ? '-' : `${(100 * (1 - totalBytes / originalBytes)).toFixed(2)} %`;
}

/** Never rounded up to a whole that is not. */
function share(part: number, whole: number): string {
  if (whole === 0) return '-';
  return `${(Math.floor((100_000 * part) / whole) / 1000).toFixed(3)} %`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

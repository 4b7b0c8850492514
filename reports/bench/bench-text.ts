import type { BenchOnStack, BenchPoint, BenchReport } from '../../harness/record/bench.ts';
import { type Cell, layOut } from '../terminal/columns.ts';
import type { Style } from '../terminal/style.ts';

/** The benchmark for a terminal of 100 columns. */
export function benchText(report: BenchReport, style: Style): string {
  const sections = [
    heading(report),
    pathTable(report, style),
    rewrite(report, style),
    ablationTable(report, style),
    ...seriesTables(report, style),
    encodingTable(report, style),
    nativeTable(report, style),
    section(report, style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function heading({ machine, versions, stacks, library, paths }: BenchReport): string[] {
  const unit = paths['frame-pointer'];
  const nanoseconds = unit === undefined ? '' : ` (${number(unit.nanosecondsPerFrame.median)} ns here)`;
  const shape = (name: string, { depth, distinctPcs, registersPerFrame }: BenchReport['stacks']['generated']) =>
    `${name}: ${depth} frames, ${distinctPcs} return addresses, ${number(registersPerFrame)} registers a frame`;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform} ${machine.architecture}, Node.js ${versions.node}`,
    `Per frame, as a multiple of the JavaScript frame-pointer walk of the same stack${nanoseconds}.`,
    shape('generated functions', stacks.generated),
    ...(library === undefined || stacks.library === undefined
      ? []
      : [shape(`${library.name} (${library.functions.toLocaleString('en')} functions)`, stacks.library)]),
  ];
}

function pathTable({ paths, library, bytesPerFrame }: BenchReport, style: Style): string[] {
  const [head, ...rows] = layOut([
    cells('path', 'generated', 'quartiles', ...(library ? ['library', 'quartiles'] : []), 'ns', 'bytes'),
    ...Object.entries(paths).map(([name, path]) => {
      const { generated, library: real } = path.stacks;
      return cells(
        name,
        ...onStack(generated),
        ...(library ? (real === undefined ? ['-', ''] : onStack(real)) : []),
        number(path.nanosecondsPerFrame.median),
        bytesPerFrame[name] === undefined ? '-' : bytes(bytesPerFrame[name]),
      );
    }),
  ]);
  return [style('dim', head!), ...rows];
}

function onStack({ ratio, ratioSpread: { q1, q3 } }: BenchOnStack): [string, string] {
  return [number(ratio), `${number(q1)}–${number(q3)}`];
}

function rewrite({ rewrite: { capture, walk } }: BenchReport, style: Style): string[] {
  const [head, ...rows] = layOut([
    cells('the whole rewrite', 'before', 'after', 'before / after'),
    cells('32 addresses of a deep stack', number(capture.before), number(capture.after), number(capture.factor)),
    cells('full walk', number(walk.before), number(walk.after), number(walk.factor)),
  ]);
  return [style('dim', head!), ...rows];
}

function ablationTable({ ablation }: BenchReport, style: Style): string[] {
  const [head, ...rows] = layOut([
    cells('part, switched off alone', 'with', 'without', 'brings'),
    ...ablation.map(({ part, name, onRatio, offRatio, factor, measure }) => {
      const unit = measure === 'bytes' ? ' B' : '';
      return cells(`${part} ${name}`, `${number(onRatio)}${unit}`, `${number(offRatio)}${unit}`, `${number(factor)}×`);
    }),
  ]);
  const notes = ablation.map(({ part, on, off }) => `  ${part}: ${on}; without: ${off}`);
  return [style('dim', head!), ...rows, ...notes.map((note) => style('dim', note))];
}

function seriesTables({ series }: BenchReport, style: Style): string[][] {
  const table = (title: string, points: readonly BenchPoint[]): string[] => {
    const names = Object.keys(points[0]?.ratios ?? {});
    if (names.length === 0) return [];
    const [head, ...rows] = layOut([
      cells(title, ...names),
      ...points.map(({ label, ratios }) => cells(label, ...names.map((name) => number(ratios[name]!)))),
    ]);
    return [style('dim', head!), ...rows];
  };
  const coldStart = series.coldStart.map((point) => ({ ...point, label: `${point.label}: ${number(point.at)} ms` }));
  return [
    table('by hit rate', series.hitRate),
    table('by registers saved', series.savedRegisters),
    table('by depth', series.depth),
    table('by functions in the module', series.functions),
    table('cold start: opened and walked once', coldStart),
  ];
}

function encodingTable({ encodings }: BenchReport, style: Style): string[] {
  if (encodings === undefined) return [];
  const [head, ...rows] = layOut([
    cells('encoding', 'uncached', 'over dwarf', 'cached', 'open, µs', 'over dwarf', 'bytes'),
    ...Object.entries(encodings).map(([name, { uncached, uncachedOverDwarf, cached, open, bytes }]) =>
      cells(
        name,
        number(uncached),
        number(uncachedOverDwarf),
        number(cached),
        number(open.nanoseconds / 1000),
        number(open.overDwarf),
        bytes.toLocaleString('en'),
      ),
    ),
  ]);
  return [style('dim', head!), ...rows];
}

function nativeTable({ native }: BenchReport, style: Style): string[] {
  const measured = Object.entries(native);
  if (measured.length === 0) return [];
  const [head, ...rows] = layOut([
    cells('native, over cached', 'ratio', 'ns'),
    ...measured.map(([name, result]) =>
      'missing' in result
        ? [{ text: name }, { text: '-', align: 'right' as const }, { text: result.missing }]
        : cells(name, number(result.ratio), number(result.nanosecondsPerFrame)),
    ),
  ]);
  return [style('dim', head!), ...rows.map((row) => row.trimEnd())];
}

function section({ section: evaluated, library }: BenchReport, style: Style): string[] {
  if (evaluated === undefined || library === undefined) return [];
  const { rows, functions, milliseconds, readelf } = evaluated;
  const subject = `${rows.toLocaleString('en')} rows of ${functions.toLocaleString('en')} FDEs of ${library.name}`;
  const against =
    'missing' in readelf
      ? readelf.missing
      : `readelf ${readelf.version}: ${number(readelf.milliseconds)} ms, ${number(readelf.ratio)} times as long`;
  return [style('dim', 'every row, in a fresh process'), subject, `${number(milliseconds)} ms; ${against}`];
}

function cells(first: string, ...rest: readonly string[]): Cell[] {
  return [{ text: first }, ...rest.map((text) => ({ text, align: 'right' as const }))];
}

/** Three significant digits. */
function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function bytes(value: number): string {
  return value < 0.005 ? '0' : number(value);
}

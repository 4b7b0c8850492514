import { RuleSets } from '../cache/rule-sets.ts';
import { HeaderRowSource } from '../dwarf/header-row-source.ts';
import { ListRowSource } from '../dwarf/list-row-source.ts';
import type { Module } from '../module.ts';
import { PrecomputedRowSource } from './precomputed-row-source.ts';
import { RowTable } from './row-table.ts';

/**
 * The same module, but all rows of its sections are evaluated now: an address then leads to its row through a table.
 * Where that cannot be told beforehand (functions that overlap, instructions that are unusable), the module's own source
 * is asked as before, so that every answer is the same. Modules that do not read DWARF are returned as they are.
 */
export function precompute(module: Module): Module {
  const { source, architecture } = module;
  if (!(source instanceof HeaderRowSource || source instanceof ListRowSource)) return module;
  const sets = new RuleSets(architecture);
  const tables = source.sections.map((section) => new RowTable(source, section, sets));
  return module.withSource(new PrecomputedRowSource(source, tables));
}

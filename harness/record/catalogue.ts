import type { ShrunkFailure } from './failure.ts';

/** A scenario as the catalogue has it. */
export interface CatalogueScenario {
  readonly name: string;
  /** What the name begins with. */
  readonly group: string;
  readonly description: string;
  readonly about?: string;
  readonly source: string;
  readonly architectures: readonly string[];
  readonly needs: readonly string[];
  /** Over all architectures. */
  readonly programs: { readonly quick: number; readonly full: number };
  /** Known bugs it is there to catch. */
  readonly defects: readonly { readonly number: number; readonly title: string; readonly seenIn: string }[];
}

/** A function of one of a scenario's programs, with its rows. */
export interface CatalogueExample {
  readonly architecture: string;
  readonly program: number;
  readonly function: ShrunkFailure['code'][number];
  /** Instructions that are left out at its end. */
  readonly hidden: number;
}

export interface CatalogueEntry extends CatalogueScenario {
  readonly example?: CatalogueExample;
}

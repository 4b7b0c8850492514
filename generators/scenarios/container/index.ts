import type { Scenario } from '../scenario.ts';
import { bareSignalFrame } from './bare-signal-frame.ts';
import { cieContainers } from './cies.ts';
import { containerScenario } from './container-scenario.ts';
import { headerContainers } from './headers.ts';
import { layoutContainers } from './layouts.ts';
import { manyFdes } from './many-fdes.ts';
import { pointerContainers } from './pointers.ts';
import { sectionContainers } from './sections.ts';

/** The ways CFI is stored. */
export const containerScenarios: readonly Scenario[] = [
  ...[...sectionContainers, ...headerContainers, ...cieContainers, ...pointerContainers, ...layoutContainers].map(
    containerScenario,
  ),
  bareSignalFrame,
  manyFdes,
];

import { connectedComponents, type Components } from '../../core/components.ts';
import type { Vec3 } from '../../core/geometry.ts';
import type { TraversalOptions } from './options.ts';

/** A set of voxels in a patch: `mask` is 1 inside, x fastest; `voxels` their count. */
export interface Region {
  mask: Uint8Array;
  voxels: number;
}

type Rule = Pick<TraversalOptions, 'components'> & { minFragmentVoxels: number };

/** What of a thresholded vertebra stays, by the rule (see TraversalOptions.components). 26-connected. */
export function cleanVertebra(mask: Uint8Array, size: Vec3, rule: Rule): Region {
  const components = connectedComponents(mask, [size[0], size[1], size[2]], 26);
  const largest = largestOf(components);
  const enough = (label: number): boolean => components.sizes[label]! >= rule.minFragmentVoxels;
  const candidates = range(components.count).filter(enough);
  if (largest === 0 || candidates.length === 0) return { mask: new Uint8Array(mask.length), voxels: 0 };
  switch (rule.components) {
    case 'fragments':
      return regionOf(components, candidates);
    case 'largest':
      return regionOf(components, [largest]);
    case 'posterior':
      return regionOf(components, [largest, ...archOf(components, largest, candidates, size)]);
  }
}

/** The largest component (26-connected) of a mask; empty if it has fewer voxels than `minVoxels`. */
export function largestComponent(mask: Uint8Array, size: Vec3, minVoxels: number): Region {
  const components = connectedComponents(mask, [size[0], size[1], size[2]], 26);
  const largest = largestOf(components);
  return regionOf(components, largest > 0 && components.sizes[largest]! >= minVoxels ? [largest] : []);
}

/** Components (26-connected) of at least `minShare` (0..1) of the largest one's voxels. */
export function mainComponents(mask: Uint8Array, size: Vec3, minShare: number): Region {
  const components = connectedComponents(mask, [size[0], size[1], size[2]], 26);
  const least = components.sizes[largestOf(components)]! * minShare;
  return regionOf(
    components,
    range(components.count).filter((label) => components.sizes[label]! >= least),
  );
}

/** Labels 1..count. */
function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** 0 when there is none. */
function largestOf({ sizes, count }: Components): number {
  return range(count).reduce((best, label) => (best === 0 || sizes[label]! > sizes[best]! ? label : best), 0);
}

function regionOf({ labels, sizes }: Components, kept: number[]): Region {
  const mask = new Uint8Array(labels.length);
  const keep = new Uint8Array(sizes.length);
  for (const label of kept) keep[label] = 1;
  for (let at = 0; at < labels.length; at++) mask[at] = keep[labels[at]!]!;
  return { mask, voxels: kept.reduce((sum, label) => sum + sizes[label]!, 0) };
}

/** Of the components behind the body (greater mean y), the one with the lowest mean z; none or one label. */
function archOf(components: Components, body: number, candidates: number[], size: Vec3): number[] {
  if (candidates.length < 2) return [];
  const { labels, sizes, count } = components;
  const sumY = new Float64Array(count + 1);
  const sumZ = new Float64Array(count + 1);
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!;
    if (label === 0) continue;
    const row = Math.floor(at / size[0]);
    sumY[label]! += row % size[1];
    sumZ[label]! += Math.floor(row / size[1]);
  }
  const meanY = (label: number): number => sumY[label]! / sizes[label]!;
  const meanZ = (label: number): number => sumZ[label]! / sizes[label]!;
  const behind = candidates.filter((label) => label !== body && meanY(label) > meanY(body));
  return behind.sort((a, b) => meanZ(a) - meanZ(b)).slice(0, 1);
}

import type { Volume } from '../../core/volume.ts';

/**
 * An image of the given size that compresses about as MR images do: air of faint noise around a body of slowly varying signal,
 * fine structure and stronger noise, 12 bits. The same every time.
 */
export function syntheticImage(size: [number, number, number]): Volume<Int16Array> {
  const [nx, ny, nz] = size;
  const voxels = new Int16Array(nx * ny * nz);
  const noise = noiseFrom(20230619);
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const [u, v, w] = [(2 * x) / nx - 1, (2 * y) / ny - 1, (2 * z) / nz - 1];
        const inside = u * u + v * v + w * w * 0.5 < 0.8;
        const signal = 420 + 260 * Math.sin(3 * u + 2 * w) * Math.cos(4 * v) + 120 * Math.sin(40 * v) * Math.cos(9 * u);
        voxels[at] = Math.max(0, Math.round(inside ? signal + 24 * noise() : 6 + 4 * noise()));
      }
    }
  }
  const grid: Volume['grid'] = {
    size,
    spacingMm: [0.6, 0.6, 3.3],
    originLpsMm: [-90, -140, 12],
    direction: [0, 0, 1, 1, 0, 0, 0, -1, 0],
  };
  return { grid, element: 'SHORT', voxels };
}

/** Numbers about as from a normal distribution of mean 0 and deviation 1: the sum of four even ones. */
function noiseFrom(seed: number): () => number {
  let state = seed >>> 0;
  const even = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => (even() + even() + even() + even() - 2) * Math.sqrt(3);
}

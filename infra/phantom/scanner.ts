import type { Grid } from '../../core/geometry.ts';
import type { Body } from './body.ts';
import type { SeriesProtocol } from './protocol.ts';
import { Random } from './random.ts';
import { inPlaneAxes, type IndexToBody } from './render.ts';

const NORMALS = 4096;

/** Turns what tissues give off into what a scanner stores: coil, saturation band, blur, noise, intensities. In place. */
export function scan(
  signal: Float32Array,
  grid: Grid,
  map: IndexToBody,
  body: Body,
  { protocol, name }: { protocol: SeriesProtocol; name: string },
): Int16Array {
  const random = new Random(`${name}/scanner`);
  receive(signal, grid, map, body, protocol.bandLeaves, random);
  for (const axis of inPlaneAxes(grid)) blur(signal, grid.size, axis, protocol.spread);
  addNoise(signal, protocol.noise, random);
  return protocol.intensities === 'window' ? windowed(signal) : raw(signal, random.between(820, 1080));
}

/** A surface coil under the back hears what is near best; the band silences what lies in front of the spine. */
function receive(
  signal: Float32Array,
  grid: Grid,
  { matrix: m, offset }: IndexToBody,
  { landmarks }: Body,
  bandLeaves: number,
  random: Random,
): void {
  const reach = random.between(85, 130);
  const lean = [random.near(0, 0.0012), random.near(0, 0.0007)] as const;
  const bandMm = random.between(-24, -14);
  const middle = (landmarks.promontoryMm + landmarks.psoasTopMm) / 2;
  let at = 0;
  for (let k = 0; k < grid.size[2]; k++) {
    for (let j = 0; j < grid.size[1]; j++) {
      for (let i = 0; i < grid.size[0]; i++, at++) {
        if (signal[at] === 0) continue;
        const x = offset[0] + m[0]! * i + m[1]! * j + m[2]! * k;
        const y = offset[1] + m[3]! * i + m[4]! * j + m[5]! * k;
        const z = offset[2] + m[6]! * i + m[7]! * j + m[8]! * k;
        const deep = Math.max(0, landmarks.skinY.at(z) - y);
        const up = (z - middle) / 210;
        const coil = (0.32 + 0.95 * Math.exp(-deep / reach)) * (1 - 0.45 * up * up);
        const band = 1 / (1 + Math.exp((y - landmarks.frontY.at(z) - bandMm) / 3));
        signal[at]! *= coil * (1 + lean[0] * x + lean[1] * z) * (1 - band * (1 - bandLeaves));
      }
    }
  }
}

/** Three taps along one index axis; the edges repeat. */
function blur(signal: Float32Array, size: Grid['size'], axis: number, spread: number): void {
  const step = axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
  const count = size[axis]!;
  const lines = signal.length / count;
  for (let line = 0; line < lines; line++) {
    let at = Math.floor(line / step) * step * count + (line % step);
    let before = signal[at]!;
    for (let i = 0; i < count; i++, at += step) {
      const own = signal[at]!;
      const after = i + 1 < count ? signal[at + step]! : own;
      signal[at] = own + spread * (before + after - 2 * own);
      before = own;
    }
  }
}

/** Magnitude of a complex signal with normal noise in both parts, as in MR (Rice). */
function addNoise(signal: Float32Array, deviation: number, random: Random): void {
  const normals = Float32Array.from({ length: NORMALS }, () => random.near(0, deviation));
  for (let at = 0; at < signal.length; at++) {
    const word = random.word();
    const real = signal[at]! + normals[word & (NORMALS - 1)]!;
    const imaginary = normals[(word >>> 16) & (NORMALS - 1)]!;
    signal[at] = Math.sqrt(real * real + imaginary * imaginary);
  }
}

/** −1000 at the 2nd percentile, 3096 at the 98th, cut off there, much as most of SPIDER’s volumes are. */
function windowed(signal: Float32Array): Int16Array {
  const stride = Math.ceil(signal.length / 400_000);
  const some = new Float32Array(Math.floor(signal.length / stride));
  for (let i = 0; i < some.length; i++) some[i] = signal[i * stride]!;
  some.sort();
  const low = some[Math.floor(0.02 * some.length)]!;
  const high = some[Math.floor(0.98 * some.length)]!;
  return stored(signal, 4096 / Math.max(high - low, 1e-6), low, [-1000, 3096]);
}

function raw(signal: Float32Array, gain: number): Int16Array {
  return stored(signal, gain, 0, [0, 1500]);
}

/** `zero` becomes the lower limit; what lies outside the limits is cut off. */
function stored(
  signal: Float32Array,
  scale: number,
  zero: number,
  [least, most]: readonly [number, number],
): Int16Array {
  const voxels = new Int16Array(signal.length);
  for (let at = 0; at < signal.length; at++) {
    const value = Math.round((signal[at]! - zero) * scale) + least;
    voxels[at] = value < least ? least : value > most ? most : value;
  }
  return voxels;
}

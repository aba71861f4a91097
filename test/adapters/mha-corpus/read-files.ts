// A process of its own, so that its memory is that of reading only. Reads `<mask|volume> <path>` after another as a command would, and
// prints what each was refused for, the processor's milliseconds, and the most memory the process ever had, as JSON.
import { readVolumeFile } from '../../../adapters/formats.ts';
import { asMask, voxelDigest } from '../../../adapters/volume.ts';
import { InvalidInputError } from '../../../core/invalid-input.ts';

export interface ReadFile {
  path: string;
  refused: { field: string; expected: string; got: string } | null;
  /** What another error than a refusal said. */
  error: string | null;
  digest: string | null;
  cpuMs: number;
}

async function read(kind: string, path: string): Promise<ReadFile> {
  const before = process.cpuUsage();
  const outcome = { refused: null, error: null, digest: null } as Pick<ReadFile, 'refused' | 'error' | 'digest'>;
  try {
    const { volume } = await readVolumeFile(path, 'x.mha');
    outcome.digest = voxelDigest(kind === 'mask' ? asMask(volume, 'x.mha') : volume);
  } catch (error) {
    if (error instanceof InvalidInputError) {
      const { field, expected, got } = error;
      outcome.refused = { field, expected, got };
    } else outcome.error = String(error);
  }
  const { user, system } = process.cpuUsage(before);
  return { path, ...outcome, cpuMs: (user + system) / 1000 };
}

const files: ReadFile[] = [];
const wanted = process.argv.slice(2);
for (let at = 0; at < wanted.length; at += 2) files.push(await read(wanted[at]!, wanted[at + 1]!));
process.stdout.write(JSON.stringify({ files, peakKb: process.resourceUsage().maxRSS }));

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
const REQUIREMENTS = [
  'workers/trainer/requirements.txt',
  'workers/trainer/requirements-dev.txt',
  'workers/trainer-nnunet/requirements.txt',
  'workers/dicom/requirements.txt',
  'bench/requirements.txt',
  'bench/requirements-versions.txt',
  'infra/slicer/requirements-slicer-core.txt',
];

describe('ARCHITECTURE.md', () => {
  const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const tables = text.slice(text.indexOf('## Dependencies'));
  const named = [...tables.matchAll(/`([^`]+)`/g)].map(([, name]) => name!.toLowerCase());

  it('says of every dependency why it is there', () => {
    const npm = Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies });
    const python = REQUIREMENTS.flatMap((file) => pinned(readFileSync(join(ROOT, file), 'utf8')));
    expect(npm.length).toBeGreaterThan(30);
    expect(python).toContain('torch');
    const missing = [...npm, ...python].filter((name) => !named.includes(name.toLowerCase()));
    expect(missing).toEqual([]);
  });
});

function pinned(requirements: string): string[] {
  return [...requirements.matchAll(/^([A-Za-z0-9._-]+)==/gm)].map(([, name]) => name!);
}

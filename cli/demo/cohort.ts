import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DEMO_POLICY } from '../../client/policies.ts';
import { CohortMapping } from '../../core/cohort-mapping.ts';
import type { DatasetName } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { CampaignPolicy } from '../../core/loop.ts';
import { writeJson } from '../../adapters/training-set.ts';
import { repositoryRoot } from '../../infra/local/paths.ts';
import { makePhantomCohort } from '../../infra/phantom/cohort.ts';
import { truthFromFolder, truthFromMapping, type TruthSource } from '../../infra/simulated-reviewer/truth.ts';
import type { Output } from '../output.ts';
import { withProgress } from '../step-progress.ts';

/** What the demo runs on. */
export interface DemoCohort {
  dataset: DatasetName;
  folder: string;
  /** A mapping file, where the folder isn't laid out as SPIDER is. */
  mapping: string | null;
  description: string;
  /** What the simulated reviewers correct towards, and proposals are measured against. */
  truthOf: TruthSource;
  policy: CampaignPolicy;
}

/** 4 patients begin, 3 rounds of 4 follow, and 2 are left for people to try a review on. */
const PHANTOM = { preset: 'demo', patients: 18, initial: 4, seed: 2023 } as const;
/** Names the cohort of a folder, so that a change of the numbers above makes a new one. */
const STAMP = 'phantom.json';
/** What the real files of shared data sets are; used where a folder holds them. */
const KNOWN_MAPPINGS = ['infra/cohorts/lumbar-real.json'];

/** The phantom cohort under `<home>/demo`, made on the first run. */
export async function phantomCohort(home: string, output: Output): Promise<DemoCohort> {
  const folder = join(home, 'demo', 'cohort');
  const stamp = join(folder, STAMP);
  const made: unknown = await readFile(stamp, 'utf8').then(JSON.parse, () => null);
  if (JSON.stringify(made) !== JSON.stringify(PHANTOM)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await withProgress(output, 'phantom cohort', (onProgress) => makePhantomCohort({ folder, ...PHANTOM, onProgress }));
    await writeJson(stamp, PHANTOM);
  }
  return {
    dataset: 'demo',
    folder,
    mapping: null,
    description: `phantom cohort: ${PHANTOM.patients} made-up patients, ${PHANTOM.initial} of them with an annotated SPACE series`,
    truthOf: truthFromFolder(folder),
    policy: DEMO_POLICY,
  };
}

/**
 * A folder of real files: in SPIDER's layout (`truth/` beside `images/` may hold what the simulated reviewers correct towards), or
 * one that a mapping describes. Throws InvalidInputError when it is neither.
 */
export async function givenCohort(folder: string, mapping: string | undefined): Promise<DemoCohort> {
  const root = resolve(folder);
  const common = { dataset: 'demo-files', folder: root };
  const file = mapping === undefined ? await knownMapping(root) : resolve(mapping);
  if (file !== null) {
    const { series } = await readMapping(file);
    const open = new Set(
      series.filter(({ role }) => role === 'held-back').map((entry) => entry.patient ?? entry.series),
    );
    return {
      ...common,
      mapping: file,
      description: `${series.length} series of ${folder}, described by ${file.split('/').at(-1)}`,
      truthOf: await truthFromMapping(file, root),
      // Two rounds at least, so that two versions come out.
      policy: { ...DEMO_POLICY, maxRounds: 3, patientsPerRound: Math.max(1, Math.ceil(open.size / 2)) },
    };
  }
  if (!existsSync(join(root, 'images'))) {
    throw new InvalidInputError(folder, 'layout', 'images/*.mha, or files that --mapping describes', 'neither');
  }
  const truthOf = truthFromFolder(root);
  return { ...common, mapping: null, description: `the series of ${folder}`, truthOf, policy: DEMO_POLICY };
}

async function readMapping(file: string): Promise<CohortMapping> {
  try {
    return CohortMapping.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new InvalidInputError(file, 'content', 'a cohort mapping', (error as Error).message);
  }
}

/** A mapping of this repository whose files are all in the folder. */
async function knownMapping(folder: string): Promise<string | null> {
  for (const name of KNOWN_MAPPINGS) {
    const file = join(repositoryRoot, name);
    const { series } = await readMapping(file);
    if (series.every(({ image }) => existsSync(join(folder, image)))) return file;
  }
  return null;
}

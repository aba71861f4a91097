import { Option, type Command } from 'commander';
import { POLICIES, type PolicyName } from '../client/policies.ts';
import { CampaignPolicy } from '../core/loop.ts';
import { Preset } from '../core/trainer-contract.ts';
import { numberWithin, oneOf, wholeNumber } from './arguments.ts';

export interface PolicyOptions {
  policy: PolicyName;
  rounds?: number;
  patients?: number;
  trainer?: string;
  preset?: Preset;
  seconds?: number;
  steps?: number;
  seed?: number;
  validationShare?: number;
  tolerance?: number;
  stopAtDice?: number;
  leaseMinutes?: number;
  window?: number;
}

const POLICY_NAMES = Object.keys(POLICIES) as PolicyName[];

/** Adds the options by which a campaign or a round is run; those left out are the policy's. */
export function addPolicyOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--policy <name>', `where the rest comes from: ${POLICY_NAMES.join(', ')}`)
        .argParser(oneOf(POLICY_NAMES))
        .default('default'),
    )
    .option('--patients <n>', 'patients proposed and reviewed per round', wholeNumber(1))
    .option('--trainer <name>', 'the trainer')
    .option('--preset <name>', `the trainer's size: ${Preset.options.join(', ')}`, oneOf(Preset.options))
    .option('--seconds <n>', 'seconds of training per round', numberWithin(0.001, Infinity))
    .option('--steps <n>', 'training steps per round', wholeNumber(1))
    .option('--seed <n>', 'the seed of split and training', wholeNumber(0))
    .option('--validation-share <share>', 'share of patients for validation', numberWithin(0.001, 0.999))
    .option('--tolerance <dice>', 'how far below the champion a new model may be and still serve', numberWithin(0, 1))
    .option('--stop-at-dice <dice>', 'stop when proposals agree with their references so well', numberWithin(0, 1))
    .option('--lease-minutes <n>', 'how long a claim holds', numberWithin(0.001, Infinity))
    .option('--window <n>', 'series segmented at the same time', wholeNumber(1));
}

/** The named policy with what the options say otherwise. Throws a ZodError for what no campaign can have. */
export function policyOf(options: PolicyOptions): CampaignPolicy {
  const policy = POLICIES[options.policy];
  const { budget } = policy;
  return CampaignPolicy.parse({
    maxRounds: options.rounds ?? policy.maxRounds,
    patientsPerRound: options.patients ?? policy.patientsPerRound,
    trainer: options.trainer ?? policy.trainer,
    preset: options.preset ?? policy.preset,
    // Steps alone mean: as long as they take.
    budget: {
      seconds: options.seconds ?? (options.steps === undefined ? budget.seconds : null),
      steps: options.steps ?? budget.steps,
    },
    seed: options.seed ?? policy.seed,
    validationShare: options.validationShare ?? policy.validationShare,
    championTolerance: options.tolerance ?? policy.championTolerance,
    stopAtProposalDice: options.stopAtDice ?? policy.stopAtProposalDice,
    leaseMs: options.leaseMinutes === undefined ? policy.leaseMs : Math.round(options.leaseMinutes * 60_000),
    segmentWindow: options.window ?? policy.segmentWindow,
  });
}

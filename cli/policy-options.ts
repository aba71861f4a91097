import { Option, type Command } from 'commander';
import { PLAIN_REVIEW, POLICIES, type PolicyName } from '../client/policies.ts';
import { CampaignPolicy } from '../core/loop.ts';
import { ReviewerName, Sequence } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { SkillRule } from '../core/skill-rules.ts';
import { Preset } from '../core/trainer-contract.ts';
import { checkedBy, numberWithin, oneOf, wholeNumber } from './arguments.ts';

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
  controls?: number;
  audits?: number;
  quickMinutes?: number;
  doubleReads?: number;
  agreement?: number;
  secondReads?: number;
  secondReadDoubt?: number;
  answerHours?: number;
  lead?: ReviewerName;
  demand?: SkillRule[];
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
    .option('--window <n>', 'series segmented at the same time', wholeNumber(1))
    .option('--controls <share>', 'share of proposals that another person draws from nothing as well', share)
    .option('--audits <share>', 'share of masks accepted untouched or quickly that another person audits', share)
    .option('--quick-minutes <n>', 'accepted quickly: in less than this', numberWithin(0, 24 * 60))
    .option('--double-reads <share>', 'share of proposals that two people read, neither knowing of the other', share)
    .option('--agreement <dice>', 'two reads agree when every structure has at least this Dice', share)
    .option('--second-reads <share>', 'share of tasks that a senior reads as well', share)
    .option('--second-read-doubt <doubt>', 'a senior also reads tasks from this doubt on', share)
    .option('--answer-hours <n>', 'a task that nobody answers in so long is escalated', numberWithin(0.001, Infinity))
    .option('--lead <name>', 'whose an escalated task is', checkedBy(ReviewerName))
    .option('--demand <rules>', 'skills that reviewers have to have: t2_SPACE=space,all=lumbar', skillRulesOf);
}

const share = numberWithin(0, 1);

/** `<sequence or all>=<skill>`, divided by commas. Throws InvalidInputError. */
export function skillRulesOf(text: string): SkillRule[] {
  return text.split(',').map((part) => {
    const [what = '', skill] = part.trim().split('=');
    const rule = SkillRule.safeParse({ sequence: what === 'all' ? null : what, skill });
    if (rule.success) return rule.data;
    const expected = `rules like t2_SPACE=space, of ${Sequence.options.join(', ')} or all, and a skill`;
    throw new InvalidInputError('command line', '--demand', expected, JSON.stringify(part.trim()));
  });
}

/** Undefined where neither the policy nor an option says anything. */
function reviewOf(options: PolicyOptions): CampaignPolicy['review'] {
  const {
    controls,
    audits,
    quickMinutes,
    doubleReads,
    agreement,
    secondReads,
    secondReadDoubt,
    answerHours,
    lead,
    demand,
  } = options;
  const given = {
    ...(controls !== undefined && { controlShare: controls }),
    ...(audits !== undefined && { auditShare: audits }),
    ...(quickMinutes !== undefined && { quickMinutes }),
    ...(doubleReads !== undefined && { doubleReadShare: doubleReads }),
    ...(agreement !== undefined && { agreementDice: agreement }),
    ...(secondReads !== undefined && { secondReadShare: secondReads }),
    ...(secondReadDoubt !== undefined && { secondReadDoubt }),
    ...(answerHours !== undefined && { answerWithinMs: Math.max(1, Math.round(answerHours * 3_600_000)) }),
    ...(lead !== undefined && { escalateTo: lead }),
    ...(demand !== undefined && { skillRules: demand }),
  };
  const { review } = POLICIES[options.policy];
  return review || Object.keys(given).length > 0 ? { ...(review ?? PLAIN_REVIEW), ...given } : undefined;
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
    review: reviewOf(options),
  });
}

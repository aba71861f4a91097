import { Option, type Command } from 'commander';
import type { AccountRow, Accounts } from '../../client/accounts.ts';
import { AccountName } from '../../core/accounts.ts';
import { Skill } from '../../core/review.ts';
import { ROLES, type Role } from '../../core/roles.ts';
import { checkedBy, oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { newPassword, PASSWORD_HELP } from '../password.ts';
import { whoRuns } from '../who-runs.ts';

const NAME = 'lower-case letters, digits, dots and hyphens; it stands in histories and manifests for good';

export function register(program: Command, context: CommandContext): void {
  const users = program.command('users').description('accounts of the people who review, lead and look after it');
  const named = (verb: string, what: string) =>
    users.command(verb).description(what).argument('<name>', NAME, checkedBy(AccountName));
  named('add', 'make an account; asks for its password')
    .addOption(roleOption().makeOptionMandatory())
    .addHelpText('after', examples('spindle users add ann --role annotator'))
    .addHelpText('after', `\n${PASSWORD_HELP}`)
    .action((name: string, { role }: { role: Role }) => add(context, name, role));
  users
    .command('list')
    .description('list the accounts')
    .addHelpText('after', examples('spindle users list', 'spindle users list --json'))
    .action(() => list(context));
  named('role', 'give an account another role')
    .addArgument(program.createArgument('<role>', `one of ${ROLES.join(', ')}`).argParser(oneOf(ROLES)))
    .addHelpText('after', examples('spindle users role ann radiologist'))
    .action((name: string, role: Role) =>
      changed(context, `${name} is ${role} from now on`, (accounts) => accounts.setRole(name, role, whoRuns())),
    );
  named('skills', 'say what somebody can do that tasks may ask for; without any, takes all')
    .addArgument(program.createArgument('[skills...]', 'such as scoliosis').argParser(skillList))
    .addHelpText('after', examples('spindle users skills ann scoliosis paediatric'))
    .action((name: string, skills: string[] = []) =>
      changed(context, `${name} can do: ${skills.join(', ') || 'nothing in particular'}`, (accounts) =>
        accounts.setSkills(name, skills, whoRuns()),
      ),
    );
  named('password', 'give an account another password; ends its sessions and tokens')
    .addHelpText('after', examples('spindle users password ann'))
    .addHelpText('after', `\n${PASSWORD_HELP}`)
    .action((name: string) => password(context, name));
  named('disable', 'keep somebody out; ends their sessions and tokens')
    .addHelpText('after', examples('spindle users disable ann'))
    .action((name: string) => changed(context, `${name} is kept out`, (accounts) => accounts.disable(name, whoRuns())));
  named('enable', 'let somebody in again')
    .addHelpText('after', examples('spindle users enable ann'))
    .action((name: string) =>
      changed(context, `${name} may sign in again`, (accounts) => accounts.enable(name, whoRuns())),
    );
  named('sign-out', 'end every session and token of somebody')
    .addHelpText('after', examples('spindle users sign-out ann'))
    .action((name: string) =>
      changed(context, `${name} is signed out everywhere`, (accounts) => accounts.endSessions(name, whoRuns())),
    );
  named('token', 'make a token for a program that acts as somebody, such as 3D Slicer; shown once')
    .option('--days <n>', 'good for so many days', wholeNumber(1), 90)
    .option('--label <text>', 'what it is for', '')
    .addHelpText('after', examples('spindle users token ann --label "3D Slicer"'))
    .action((name: string, options: { days: number; label: string }) => token(context, name, options));
}

function skillList(text: string, before: string[] = []): string[] {
  return [...before, checkedBy(Skill)(text)];
}

function roleOption(): Option {
  return new Option('--role <role>', `what they are for: ${ROLES.join(', ')}`).argParser(oneOf(ROLES));
}

async function accountsOf(context: CommandContext): Promise<Accounts> {
  const [{ Accounts: Service }, { AuditLog }] = await Promise.all([
    import('../../client/accounts.ts'),
    import('../../adapters/accounts/audit-log.ts'),
  ]);
  const { bucket } = await context.store();
  return new Service({ bucket, audit: new AuditLog(bucket) });
}

async function add(context: CommandContext, name: string, role: Role): Promise<void> {
  const accounts = await accountsOf(context);
  const secret = await newPassword(context, name);
  const row = await accounts.add(name, role, secret, whoRuns());
  context.output.result(row, () => context.output.line(`${name} may sign in as ${role}`));
}

async function list(context: CommandContext): Promise<void> {
  const rows = await (await accountsOf(context)).list();
  const { output } = context;
  output.result({ users: rows }, () => {
    if (rows.length === 0) return output.line('no accounts yet: spindle users add <name> --role <role>');
    output.table<AccountRow>(
      [
        { header: 'NAME', value: ({ name }) => name },
        { header: 'ROLE', value: ({ role }) => role },
        { header: 'SKILLS', value: ({ skills }) => skills.join(', ') },
        { header: 'STATE', value: ({ disabled }) => (disabled ? 'disabled' : 'active') },
        { header: 'SIGNS IN BY', value: ({ signsIn }) => signsIn },
        { header: 'SINCE', value: ({ createdAt }) => createdAt.slice(0, 10) },
      ],
      rows,
    );
  });
}

async function password(context: CommandContext, name: string): Promise<void> {
  const accounts = await accountsOf(context);
  const secret = await newPassword(context, name);
  const row = await accounts.setPassword(name, secret, whoRuns());
  context.output.result(row, () =>
    context.output.line(`${name} has a new password; every session and token of theirs has ended`),
  );
}

async function changed(
  context: CommandContext,
  words: string,
  change: (accounts: Accounts) => Promise<AccountRow>,
): Promise<void> {
  const row = await change(await accountsOf(context));
  context.output.result(row, () => context.output.line(words));
}

async function token(context: CommandContext, name: string, options: { days: number; label: string }): Promise<void> {
  const made = await (await accountsOf(context)).makeToken(name, options, whoRuns());
  context.output.result({ name, ...made }, () => {
    context.output.line(made.token);
    context.output.note(`acts as ${name} until ${made.expiresAt.slice(0, 10)}; it is not shown again`);
  });
}

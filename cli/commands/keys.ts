import { rm, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { refuseExisting } from '../new-file.ts';
import { PASSPHRASE_VARIABLE } from '../signing-keys.ts';

/** `spindle keys`: key pairs by which versions and releases are signed. They lie in files of yours and nowhere else. */
export function register(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('keys for signing versions and releases: create, show');
  keys
    .command('create')
    .description('make an Ed25519 key pair: the private key in a file, the public one in <file>.pub')
    .argument('<file>', 'a new file')
    .addHelpText('after', examples('spindle keys create ~/.spindle-release-key'))
    .addHelpText(
      'after',
      [
        '',
        `${PASSPHRASE_VARIABLE}, where it is set, encrypts the private key. It is stored nowhere else: keep a copy, and give the`,
        'public key away by another way than the bucket.',
      ].join('\n'),
    )
    .action((file: string) => create(context, file));
  keys
    .command('show')
    .description('show the name of a key: the SHA-256 that signatures are stored under')
    .argument('<file>', 'a private or a public key as PEM')
    .addHelpText('after', examples('spindle keys show release-key.pub'))
    .action((file: string) => show(context, file));
}

async function create({ output, env }: CommandContext, file: string): Promise<void> {
  const { createKeyPair, publicKeyOf } = await import('../../adapters/signing-key.ts');
  const publicFile = `${file}.pub`;
  for (const each of [file, publicFile]) await refuseExisting(each, {});
  const { privatePem, publicPem } = createKeyPair(env[PASSPHRASE_VARIABLE]);
  await written(file, privatePem, 0o600);
  await written(publicFile, publicPem, 0o644).catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
  const { key } = publicKeyOf(publicPem, publicFile);
  output.result({ key, privateKey: file, publicKey: publicFile }, () => {
    output.line(`key ${key}`);
    output.line(`private: ${file} (keep it to yourself)`);
    output.line(`public:  ${publicFile}`);
  });
}

async function written(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { mode, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(file, 'file', 'a place for a new file', error.code ?? 'none');
  });
}

async function show({ output, env }: CommandContext, file: string): Promise<void> {
  const { readPrivateKey, readPublicKey } = await import('../../client/signatures.ts');
  const isPrivate = await readPublicKey(file).then(
    () => false,
    (error: unknown) => {
      if (error instanceof InvalidInputError && error.got === 'a private key') return true;
      throw error;
    },
  );
  const { key } = isPrivate ? await readPrivateKey(file, env[PASSPHRASE_VARIABLE]) : await readPublicKey(file);
  output.result({ key, private: isPrivate }, () => output.line(`${key}  ${isPrivate ? 'private' : 'public'} key`));
}

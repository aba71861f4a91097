import type { KeyVerdict } from '../client/signatures.ts';
import type { ChainFinding, ChainLink, ChainReport } from '../core/version-chain.ts';
import type { Digest } from '../core/ids.ts';
import type { SignatureState } from '../core/signature.ts';
import type { CommandContext } from './context.ts';
import { existingDataset, type DatasetChoice } from './dataset-option.ts';
import { BadResultError, EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';
import { short } from './round-table.ts';
import { requiredTrustedKeys, trustedKeys, type PublicKeyChoice } from './signing-keys.ts';
import { withProgress } from './step-progress.ts';

export interface TrustOptions extends DatasetChoice, PublicKeyChoice {
  signature?: boolean;
  chain?: boolean;
  contains?: string;
}

interface SignatureReport {
  version: Digest;
  /** Per key that was given. */
  keys: KeyVerdict[];
  /** Keys that have signed it, too, and were not given. */
  others: Digest[];
}

export const SIGNATURE_WORDS: Record<SignatureState, string> = {
  good: 'a good signature',
  bad: 'a record that is no signature over these bytes',
  none: 'has not signed it',
};

/** `versions verify --signature`, `--chain`, or both. Reads manifests and refs, no volume. */
export async function verifyTrust(context: CommandContext, meant: string, options: TrustOptions): Promise<void> {
  const keys = await (options.signature ? requiredTrustedKeys : trustedKeys)(context, options);
  const dataset = await existingDataset(context, options);
  const [{ readVersion, resolveVersion }, { checkSignatures, signersOf }, { verifyChain }] = await Promise.all([
    import('../client/versions.ts'),
    import('../client/signatures.ts'),
    import('../client/version-chain.ts'),
  ]);
  const store = await context.store();
  const version = await resolveVersion(store, dataset, meant);
  let signature: SignatureReport | null = null;
  if (options.signature) {
    const { bytes } = await readVersion(store, dataset, version);
    const verdicts = await checkSignatures(store, dataset, { of: version, bytes }, keys);
    const own = new Set(keys.map(({ key }) => key));
    const others = (await signersOf(store, dataset, version)).filter((key) => !own.has(key));
    signature = { version, keys: verdicts, others };
  }
  let chain: ChainReport | null = null;
  if (options.chain || options.contains !== undefined) {
    const contains = options.contains === undefined ? null : await resolveVersion(store, dataset, options.contains);
    chain = await withProgress(context.output, 'chain', (onProgress) =>
      verifyChain(store, dataset, version, { keys, contains, onProgress: (links) => onProgress(links, links) }),
    );
  }
  context.output.result({ version, signature, chain }, () => print(context.output, signature, chain));
  refuseBad(version, signature, chain);
}

function refuseBad(version: Digest, signature: SignatureReport | null, chain: ChainReport | null): void {
  const unsigned = (signature?.keys ?? []).filter(({ state }) => state !== 'good').length;
  const broken = chain?.findings.length ?? 0;
  if (unsigned + broken === 0) return;
  const of = signature?.keys.length ?? 0;
  const what = [
    ...(unsigned > 0 ? [`not signed by ${unsigned} of ${of} ${of === 1 ? 'key' : 'keys'}`] : []),
    ...(broken > 0 ? [`${broken} ${broken === 1 ? 'finding' : 'findings'} in its chain`] : []),
  ];
  throw new BadResultError(`version ${short(version)}: ${what.join(', ')}`, EXIT.failed);
}

function print(output: Output, signature: SignatureReport | null, chain: ChainReport | null): void {
  if (signature) {
    for (const { key, state } of signature.keys) {
      output.line(`version ${short(signature.version)}: key ${short(key)}: ${SIGNATURE_WORDS[state]}`);
    }
    if (signature.others.length > 0) {
      output.line(`also signed by keys that were not given: ${signature.others.map(short).join(', ')}`);
    }
  }
  if (signature && chain) output.line();
  if (chain) printChain(output, chain);
}

function printChain(output: Output, { version, links, root, findings }: ChainReport): void {
  output.table<ChainLink>(
    [
      { header: 'VERSION', value: (link) => short(link.version) },
      { header: 'PARENT', value: ({ parent }) => short(parent) },
      { header: 'SERIES', value: ({ series }) => series, align: 'right' },
      {
        header: 'SIGNED BY',
        value: ({ signatures }) =>
          signatures
            .filter(({ state }) => state === 'good')
            .map(({ key }) => short(key))
            .join(', '),
      },
    ],
    links,
  );
  output.line();
  if (findings.length > 0) {
    output.table<ChainFinding>(
      [
        { header: 'VERSION', value: (finding) => short(finding.version) },
        { header: 'PROBLEM', value: ({ problem }) => problem },
        { header: 'DETAIL', value: ({ detail }) => detail },
      ],
      findings,
    );
    output.line();
  }
  const end =
    root === null ? 'the chain breaks before the first version' : `whole to the first version, ${short(root)}`;
  const count = `${links.length} ${links.length === 1 ? 'version' : 'versions'}`;
  output.line(`version ${short(version)}: ${count}, ${end}`);
}

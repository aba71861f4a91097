import { resolve } from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../core/invalid-input.ts';
import { Role, ROLES } from '../core/roles.ts';
import type { OidcConfiguration } from './oidc.ts';

export interface S3Configuration {
  bucket: string;
  region: string;
  /** Absent for AWS itself. */
  endpoint?: string;
  /** Absent: the AWS SDK's own chain (profile, web identity, instance role). */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Buckets in the path rather than in the host name: what servers other than AWS understand. */
  forcePathStyle: boolean;
}

export interface Configuration {
  /** Absolute folder for what a process keeps on local disk: jobs, downloads, logs. */
  home: string;
  /** The Python that runs the trainer. */
  python: string;
  /** What callers of the HTTP API must present. */
  apiToken?: string;
  webPort?: number;
  /** Where people reach the page through a proxy, without a path: `https://spindle.example.org`. */
  webOrigin?: string;
  /** Where people sign in who have no password here. */
  oidc?: OidcConfiguration;
  /** Where people look at the workflows. */
  temporalUiUrl?: string;
  s3: S3Configuration;
  /** The sealed bucket of the hidden test, under credentials of its own; absent where none is named. */
  sealed?: S3Configuration;
}

/** An environment as Node gives it. Only mains read it; everything below is handed a Configuration. */
export type Environment = Readonly<Record<string, string | undefined>>;

const Text = z.string().min(1);

const Bucket = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "expected a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens",
  );

const OIDC_ROLE = `[^=,]+=(${ROLES.join('|')})`;
const OIDC_ROLES = new RegExp(`^${OIDC_ROLE}(,${OIDC_ROLE})*$`);

const Variables = z.object({
  SPINDLE_HOME: Text.default('.spindle'),
  SPINDLE_PYTHON: Text.default('python3'),
  SPINDLE_API_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  SPINDLE_WEB_PORT: z.coerce.number('expected a port').int('expected a port').min(1).max(65535).optional(),
  SPINDLE_WEB_ORIGIN: z
    .url({ protocol: /^https?$/, error: 'expected an http or https address' })
    .refine((text) => URL.canParse(text) && new URL(text).origin === text, 'expected an address without a path')
    .optional(),
  SPINDLE_OIDC_ISSUER: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).optional(),
  SPINDLE_OIDC_CLIENT_ID: Text.optional(),
  SPINDLE_OIDC_CLIENT_SECRET: Text.optional(),
  SPINDLE_OIDC_ROLES: z
    .string()
    .regex(OIDC_ROLES, `expected <group>=<role>, divided by commas; roles: ${ROLES.join(', ')}`)
    .optional(),
  SPINDLE_OIDC_GROUPS_CLAIM: Text.default('groups'),
  SPINDLE_OIDC_NAME_CLAIM: Text.default('preferred_username'),
  SPINDLE_TEMPORAL_UI_URL: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).optional(),
  SPINDLE_BUCKET: Bucket.default('spindle'),
  SPINDLE_SEALED_BUCKET: Bucket.optional(),
  SPINDLE_SEALED_ENDPOINT_URL: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).optional(),
  SPINDLE_SEALED_ACCESS_KEY_ID: Text.optional(),
  SPINDLE_SEALED_SECRET_ACCESS_KEY: Text.optional(),
  AWS_REGION: Text.optional(),
  AWS_DEFAULT_REGION: Text.optional(),
  AWS_ENDPOINT_URL_S3: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).optional(),
  AWS_ENDPOINT_URL: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).optional(),
  AWS_ACCESS_KEY_ID: Text.optional(),
  AWS_SECRET_ACCESS_KEY: Text.optional(),
  AWS_SESSION_TOKEN: Text.optional(),
});
type Variables = z.infer<typeof Variables>;

/**
 * Reads and checks the configuration; an empty variable counts as absent. Throws InvalidInputError naming the first wrong variable,
 * without its value where that is a secret.
 */
export function readConfiguration(env: Environment): Configuration {
  const given = Object.fromEntries(Object.keys(Variables.shape).map((name) => [name, env[name] || undefined]));
  const parsed = Variables.safeParse(given);
  if (!parsed.success) throw namingTheVariable(parsed.error, given);
  const variables = parsed.data;
  return {
    home: resolve(variables.SPINDLE_HOME),
    python: variables.SPINDLE_PYTHON,
    ...(variables.SPINDLE_API_TOKEN === undefined ? {} : { apiToken: variables.SPINDLE_API_TOKEN }),
    ...(variables.SPINDLE_WEB_PORT === undefined ? {} : { webPort: variables.SPINDLE_WEB_PORT }),
    ...(variables.SPINDLE_WEB_ORIGIN === undefined ? {} : { webOrigin: variables.SPINDLE_WEB_ORIGIN }),
    ...oidcConfiguration(variables),
    ...(variables.SPINDLE_TEMPORAL_UI_URL === undefined ? {} : { temporalUiUrl: variables.SPINDLE_TEMPORAL_UI_URL }),
    s3: s3Configuration(variables),
    ...(variables.SPINDLE_SEALED_BUCKET === undefined
      ? {}
      : { sealed: sealedConfiguration(variables, variables.SPINDLE_SEALED_BUCKET) }),
  };
}

function oidcConfiguration(variables: Variables): Pick<Configuration, 'oidc'> {
  const { SPINDLE_OIDC_ISSUER: issuer, SPINDLE_OIDC_CLIENT_ID: clientId, SPINDLE_OIDC_ROLES: roles } = variables;
  const { SPINDLE_OIDC_CLIENT_SECRET: clientSecret } = variables;
  if (issuer === undefined) return {};
  if (clientId === undefined) throw unset('SPINDLE_OIDC_CLIENT_ID', 'SPINDLE_OIDC_ISSUER');
  if (roles === undefined) throw unset('SPINDLE_OIDC_ROLES', 'SPINDLE_OIDC_ISSUER');
  return {
    oidc: {
      issuer,
      clientId,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      roles: roles.split(',').map((entry) => {
        const cut = entry.lastIndexOf('=');
        return { group: entry.slice(0, cut).trim(), role: Role.parse(entry.slice(cut + 1)) };
      }),
      groupsClaim: variables.SPINDLE_OIDC_GROUPS_CLAIM,
      nameClaim: variables.SPINDLE_OIDC_NAME_CLAIM,
    },
  };
}

function s3Configuration(variables: Variables): S3Configuration {
  const endpoint = variables.AWS_ENDPOINT_URL_S3 ?? variables.AWS_ENDPOINT_URL;
  const credentials = s3Credentials(variables);
  return {
    bucket: variables.SPINDLE_BUCKET,
    region: variables.AWS_REGION ?? variables.AWS_DEFAULT_REGION ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: endpoint !== undefined,
  };
}

/** The sealed bucket lies on the same server unless another is named. It must have a name and credentials of its own. */
function sealedConfiguration(variables: Variables, bucket: string): S3Configuration {
  const ordinary = s3Configuration(variables);
  const accessKeyId = variables.SPINDLE_SEALED_ACCESS_KEY_ID;
  const secretAccessKey = variables.SPINDLE_SEALED_SECRET_ACCESS_KEY;
  if (accessKeyId === undefined) throw unset('SPINDLE_SEALED_ACCESS_KEY_ID', 'SPINDLE_SEALED_BUCKET');
  if (secretAccessKey === undefined) throw unset('SPINDLE_SEALED_SECRET_ACCESS_KEY', 'SPINDLE_SEALED_BUCKET');
  const endpoint = variables.SPINDLE_SEALED_ENDPOINT_URL ?? ordinary.endpoint;
  if (bucket === ordinary.bucket && endpoint === ordinary.endpoint) {
    throw new InvalidInputError(
      'environment',
      'SPINDLE_SEALED_BUCKET',
      'another bucket than SPINDLE_BUCKET',
      'the same',
    );
  }
  if (accessKeyId === ordinary.credentials?.accessKeyId) {
    throw new InvalidInputError(
      'environment',
      'SPINDLE_SEALED_ACCESS_KEY_ID',
      'an account of its own',
      'the ordinary one',
    );
  }
  return {
    bucket,
    region: ordinary.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: endpoint !== undefined,
  };
}

function s3Credentials(variables: Variables): S3Configuration['credentials'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables;
  const { AWS_SESSION_TOKEN: sessionToken } = variables;
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined) throw unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
  if (secretAccessKey === undefined) throw unset('AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID');
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function unset(variable: string, partner: string): InvalidInputError {
  return new InvalidInputError('environment', variable, `a value, since ${partner} is set`, 'none');
}

function namingTheVariable(error: z.ZodError, given: Record<string, string | undefined>): InvalidInputError {
  const [issue] = error.issues;
  const variable = String(issue?.path[0]);
  const secret = /KEY|TOKEN|SECRET/.test(variable);
  const expected = (issue?.message ?? 'another value').replace(/^expected /, '');
  return new InvalidInputError('environment', variable, expected, secret ? 'another value' : `"${given[variable]}"`);
}

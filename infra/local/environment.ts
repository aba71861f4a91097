import { ServersDownError } from './errors.ts';
import { localPaths, trainerPython, type LocalPaths } from './paths.ts';
import { LOOPBACK } from './ports.ts';
import { isRunning } from './process.ts';
import { LOCAL_BUCKETS, LOCAL_REGION } from './s3-accounts.ts';
import { apiToken, s3AccountIfThere, s3Credentials } from './secrets.ts';
import type { ServerName } from './servers.ts';
import { readState, type LocalState } from './state.ts';
import { LOCAL_NAMESPACE } from './temporal-server.ts';
import { withoutSettings } from './without-settings.ts';

const OTHER_TEMPORAL = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];
// Credentials alone, which many shells export for other work, must not send data to somebody's S3.
const OTHER_S3 = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'SPINDLE_BUCKET'];

// No worker, and nothing that a worker starts, may hold these.
const SEALED = 'SPINDLE_SEALED_';

/** The servers that the environment doesn't name, so that the local ones stand in for them. */
export function serversNeeded(env: NodeJS.ProcessEnv): ServerName[] {
  const names: ServerName[] = [];
  if (!OTHER_S3.some((name) => env[name])) names.push('s3');
  if (!OTHER_TEMPORAL.some((name) => env[name])) names.push('temporal');
  return names;
}

/**
 * Gives the environment with what it lacks taken from the local servers: addresses, credentials, the API's token and port, the
 * trainer's Python. What names another Temporal or S3 stays; what opens the sealed bucket doesn't. Throws ServersDownError when a local
 * server is needed and isn't up.
 */
export function localEnvironment(home: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const paths = localPaths(home);
  const state = readState(paths);
  const needed = serversNeeded(env);
  const down = needed.filter((name) => !isRunning(state.processes[name]));
  if (down.length > 0) throw new ServersDownError(down);
  const foreign = [
    SEALED,
    ...(needed.includes('temporal') ? ['TEMPORAL_'] : []),
    ...(needed.includes('s3') ? ['AWS_SESSION_TOKEN', 'AWS_PROFILE'] : []),
  ];
  return {
    ...withoutSettings(env, ...foreign),
    ...(needed.includes('temporal') ? temporalSettings(paths, state) : {}),
    ...(needed.includes('s3') ? s3Settings(paths, state) : {}),
    ...(state.ports.web === undefined ? {} : { SPINDLE_WEB_PORT: env['SPINDLE_WEB_PORT'] || String(state.ports.web) }),
    SPINDLE_API_TOKEN: env['SPINDLE_API_TOKEN'] || apiToken(paths),
    SPINDLE_HOME: home,
    // The SDK of 2026 warns in every process that later ones need Node 22; package.json pins it.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    SPINDLE_PYTHON: env['SPINDLE_PYTHON'] || trainerPython,
  };
}

/**
 * The same with what opens the sealed bucket of the hidden test: that of the environment, else the local one. For the few commands
 * that handle the hidden test, and nothing else.
 */
export function sealedEnvironment(home: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const named = Object.entries(env).filter(([name, value]) => name.startsWith(SEALED) && value);
  const local = serversNeeded(env).includes('s3') && named.length === 0;
  const account = local ? s3AccountIfThere(localPaths(home), 'sealed') : undefined;
  return {
    ...localEnvironment(home, env),
    ...Object.fromEntries(named),
    ...(account === undefined
      ? {}
      : {
          SPINDLE_SEALED_BUCKET: LOCAL_BUCKETS.sealed,
          SPINDLE_SEALED_ACCESS_KEY_ID: account.accessKeyId,
          SPINDLE_SEALED_SECRET_ACCESS_KEY: account.secretAccessKey,
        }),
  };
}

function temporalSettings(paths: LocalPaths, { ports }: LocalState): NodeJS.ProcessEnv {
  return {
    ...(ports.temporalUi === undefined ? {} : { SPINDLE_TEMPORAL_UI_URL: `http://${LOOPBACK}:${ports.temporalUi}` }),
    TEMPORAL_ADDRESS: `${LOOPBACK}:${ports.temporal}`,
    TEMPORAL_NAMESPACE: LOCAL_NAMESPACE,
    TEMPORAL_CONFIG_FILE: paths.temporalConfig,
  };
}

function s3Settings(paths: LocalPaths, { ports }: LocalState): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = s3AccountIfThere(paths, 'ordinary') ?? s3Credentials(paths);
  return {
    AWS_ENDPOINT_URL_S3: `http://${LOOPBACK}:${ports.s3}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: LOCAL_REGION,
    SPINDLE_BUCKET: LOCAL_BUCKETS.ordinary,
  };
}

import { ServersDownError } from './errors.ts';
import { localPaths, trainerPython, type LocalPaths } from './paths.ts';
import { LOOPBACK } from './ports.ts';
import { isRunning } from './process.ts';
import { LOCAL_BUCKET, LOCAL_REGION } from './s3-server.ts';
import { apiToken, s3Credentials } from './secrets.ts';
import type { ServerName } from './servers.ts';
import { readState, type LocalState } from './state.ts';
import { LOCAL_NAMESPACE } from './temporal-server.ts';
import { withoutSettings } from './without-settings.ts';

const OTHER_TEMPORAL = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];
// Credentials alone, which many shells export for other work, must not send data to somebody's S3.
const OTHER_S3 = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'SPINDLE_BUCKET'];

/** The servers that the environment doesn't name, so that the local ones stand in for them. */
export function serversNeeded(env: NodeJS.ProcessEnv): ServerName[] {
  const names: ServerName[] = [];
  if (!OTHER_S3.some((name) => env[name])) names.push('s3');
  if (!OTHER_TEMPORAL.some((name) => env[name])) names.push('temporal');
  return names;
}

/**
 * Gives the environment with what it lacks taken from the local servers: addresses, credentials, the API's token and port, the
 * trainer's Python. What names another Temporal or S3 stays. Throws ServersDownError when a local server is needed and isn't up.
 */
export function localEnvironment(home: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const paths = localPaths(home);
  const state = readState(paths);
  const needed = serversNeeded(env);
  const down = needed.filter((name) => !isRunning(state.processes[name]));
  if (down.length > 0) throw new ServersDownError(down);
  const foreign = [
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

function temporalSettings(paths: LocalPaths, { ports }: LocalState): NodeJS.ProcessEnv {
  return {
    ...(ports.temporalUi === undefined ? {} : { SPINDLE_TEMPORAL_UI_URL: `http://${LOOPBACK}:${ports.temporalUi}` }),
    TEMPORAL_ADDRESS: `${LOOPBACK}:${ports.temporal}`,
    TEMPORAL_NAMESPACE: LOCAL_NAMESPACE,
    TEMPORAL_CONFIG_FILE: paths.temporalConfig,
  };
}

function s3Settings(paths: LocalPaths, { ports }: LocalState): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = s3Credentials(paths);
  return {
    AWS_ENDPOINT_URL_S3: `http://${LOOPBACK}:${ports.s3}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: LOCAL_REGION,
    SPINDLE_BUCKET: LOCAL_BUCKET,
  };
}

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../adapters/configuration.ts';

describe('configuration', () => {
  it('has defaults that fit AWS itself', () => {
    expect(readConfiguration({})).toEqual({
      home: resolve('.spindle'),
      python: 'python3',
      s3: { bucket: 'spindle', region: 'us-east-1', forcePathStyle: false },
    });
  });

  it('reads every variable; an empty one counts as absent', () => {
    const env = {
      SPINDLE_HOME: '/data/spindle',
      SPINDLE_PYTHON: '/opt/python',
      SPINDLE_API_TOKEN: 'a-token-long-enough',
      SPINDLE_WEB_PORT: '8080',
      SPINDLE_TEMPORAL_UI_URL: 'https://temporal.example',
      SPINDLE_BUCKET: 'spine',
      AWS_REGION: '',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: 'https://everything.example',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
    };
    expect(readConfiguration(env)).toEqual({
      home: '/data/spindle',
      python: '/opt/python',
      apiToken: 'a-token-long-enough',
      webPort: 8080,
      temporalUiUrl: 'https://temporal.example',
      s3: {
        bucket: 'spine',
        region: 'eu-central-1',
        endpoint: 'http://127.0.0.1:9000',
        credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'session' },
        forcePathStyle: true,
      },
    });
  });

  it('opens a sealed bucket beside it, on the same server or another', () => {
    const sealed = {
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
      SPINDLE_SEALED_BUCKET: 'spine-sealed',
      SPINDLE_SEALED_ACCESS_KEY_ID: 'other',
      SPINDLE_SEALED_SECRET_ACCESS_KEY: 'secret',
    };
    const expected = {
      bucket: 'spine-sealed',
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:9000',
      credentials: { accessKeyId: 'other', secretAccessKey: 'secret' },
      forcePathStyle: true,
    };
    expect(readConfiguration(sealed).sealed).toEqual(expected);
    const elsewhere = { ...sealed, SPINDLE_SEALED_ENDPOINT_URL: 'https://vault.example' };
    expect(readConfiguration(elsewhere).sealed).toEqual({ ...expected, endpoint: 'https://vault.example' });
  });

  it.each([
    [
      { SPINDLE_SEALED_BUCKET: 'sealed' },
      /^environment: SPINDLE_SEALED_ACCESS_KEY_ID: expected a value, since SPINDLE_SEALED_BUCKET is set/,
    ],
    [
      { SPINDLE_SEALED_BUCKET: 'spindle', SPINDLE_SEALED_ACCESS_KEY_ID: 'a', SPINDLE_SEALED_SECRET_ACCESS_KEY: 'b' },
      /SPINDLE_SEALED_BUCKET: expected another bucket than SPINDLE_BUCKET/,
    ],
    [
      {
        SPINDLE_SEALED_BUCKET: 'sealed',
        SPINDLE_SEALED_ACCESS_KEY_ID: 'a',
        SPINDLE_SEALED_SECRET_ACCESS_KEY: 'b',
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'b',
      },
      /SPINDLE_SEALED_ACCESS_KEY_ID: expected an account of its own, got the ordinary one/,
    ],
    [{ SPINDLE_BUCKET: 'My Bucket' }, /^environment: SPINDLE_BUCKET: expected a bucket's name.*, got "My Bucket"$/],
    [{ SPINDLE_WEB_PORT: '99999' }, /^environment: SPINDLE_WEB_PORT: .*99999/],
    [{ SPINDLE_WEB_PORT: 'http' }, /^environment: SPINDLE_WEB_PORT: expected a port, got "http"$/],
    [
      { AWS_ENDPOINT_URL_S3: 'ftp://x.example' },
      /^environment: AWS_ENDPOINT_URL_S3: expected an http or https address/,
    ],
    [
      { AWS_ACCESS_KEY_ID: 'id' },
      /^environment: AWS_SECRET_ACCESS_KEY: expected a value, since AWS_ACCESS_KEY_ID is set/,
    ],
    [{ AWS_SECRET_ACCESS_KEY: 'x' }, /^environment: AWS_ACCESS_KEY_ID: expected a value/],
    [
      { SPINDLE_API_TOKEN: 'short' },
      /^environment: SPINDLE_API_TOKEN: expected at least 16 characters, got another value$/,
    ],
  ])('names the variable that is wrong: %j', (env, message) => {
    expect(() => readConfiguration(env)).toThrow(message);
  });
});

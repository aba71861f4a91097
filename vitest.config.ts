import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**', 'test/nnunet/**'],
    // Tests start servers and decode volumes: two at a time on two cores, each file in a process of its own.
    pool: 'forks',
    poolOptions: { forks: { maxForks: 2, minForks: 1 } },
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // A busy machine can hold anything up for a second, which is how long polls wait unless told.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: [
        'core/**',
        'workflows/**',
        'activities/**',
        'adapters/**',
        'client/**',
        'infra/**',
        'web/**',
        'workers/**',
        'cli/**',
      ],
      exclude: ['web/page/**', 'workers/trainer/**', 'workers/trainer-nnunet/**', 'infra/tools/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});

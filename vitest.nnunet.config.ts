import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// What needs nnU-Net installed, gigabytes of it: `npm run test:nnunet`.
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/nnunet/**/*.test.ts'],
    exclude: [],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});

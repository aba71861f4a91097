#!/usr/bin/env node
// Lets Node read TypeScript, then hands over to the real program.
try {
  const { register } = await import('tsx/esm/api');
  register();
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('The packages of this clone are not installed: run `npm run setup`.');
  process.exit(1);
}
await import('./main.ts');

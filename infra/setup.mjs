#!/usr/bin/env node
// All set-up of a fresh clone: npm packages, the Python environment of the trainer, the two local servers.
// Needs nothing but Node, and is done in milliseconds when there is nothing to do.
//   node infra/setup.mjs [--for-tests] [--without-python]

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 3)) {
  console.error(`Spindle needs Node.js 20.3 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

const { setUp } = await import('./setup/set-up.mjs');
process.exitCode = await setUp(process.argv.slice(2));

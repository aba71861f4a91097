// The thread behind adapters/evaluation/thread-pool.ts: lets Node read TypeScript, then hands over.
import { register } from 'tsx/esm/api';

register();
await import('./evaluation-thread.ts');

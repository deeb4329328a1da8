import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { freshBundle } from './fresh-bundle.ts';

// Commands are loaded when they run: compiled code of the last time makes that faster. In the home folder, so that nobody else writes there.
enableCompileCache(path.join(homedir(), '.cache', 'malla', 'compiled'));

const bundle = freshBundle(import.meta.dirname);
await (bundle === undefined ? import('./start.ts') : import(bundle));

// Lets a worker thread run TypeScript source: a plain `--import tsx` registers nothing in threads. Not part of the build.
import { register } from 'tsx/esm/api';

register();

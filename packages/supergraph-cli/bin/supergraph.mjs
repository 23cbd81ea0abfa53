#!/usr/bin/env node
import { join } from 'node:path';
import { root, run } from './run.mjs';

run('node', [join(root, 'packages', 'supergraph-cli', 'src', 'main.ts'), ...process.argv.slice(2)]);

#!/usr/bin/env node
import { startCli } from './index.js';

await startCli(process.argv.slice(2));

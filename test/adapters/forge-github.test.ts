import { forgeContract } from '../contract/forge-contract.js';
import { makeGithubHarness } from './forge-github-harness.js';

forgeContract('github', makeGithubHarness);

import { forgeContract } from '../contract/forge-contract.js';
import { makeGitlabHarness } from './forge-gitlab-harness.js';

forgeContract('gitlab', makeGitlabHarness);

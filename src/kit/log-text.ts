import { visible } from './harmless.js';

/**
 * Text for a log that a runner reads: line ends stay, controls and invisible characters go, and what a runner or a terminal
 * obeys (`::name::`, `##[name]`, `##vso[`, section markers) is broken up AFTER that. For every sink, whoever made the text:
 * messages quote values of inputs, tickets and files.
 */
export function logText(text: string): string {
  return visible(text)
    .replace(/:(?=:)/g, ': ')
    .replace(/#(?=#(?:\[|vso\[))/gi, '# ')
    .replace(/(section_(?:start|end)):/gi, '$1 :');
}

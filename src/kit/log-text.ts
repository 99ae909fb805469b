import { breakMarkers } from './break-markers.js';
import { visible } from './harmless.js';

/**
 * Text for a log that a runner reads: line ends stay, controls and invisible characters go, and what a runner or a terminal
 * obeys is broken up AFTER that. For every sink, whoever made the text: messages quote values of inputs, tickets and files.
 */
export function logText(text: string): string {
  return visible(text).split('\n').map(breakMarkers).join('\n');
}

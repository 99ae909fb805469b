import type { Block, Message } from './conversation.js';
import type { JsonObject } from './json.js';
import type { AgentSettings } from './settings.js';

/** A tool as it is told to the model. `parameters` is a JSON Schema. */
export interface ToolDescription { readonly name: string; readonly description: string; readonly parameters: JsonObject }

export interface ModelRequest {
  readonly system: string;
  readonly tools: readonly ToolDescription[];
  readonly messages: readonly Message[];
}

/** One answer of the model. `cut` = it ran into its output limit. */
export interface ModelTurn { readonly blocks: readonly Block[]; readonly cut: boolean }

/** Gathers one streamed answer. `end` gives `undefined` when the stream was broken off or made no sense. */
export interface TurnReader {
  /** One event of the stream. Answers a message when the event is the provider's word that the call failed. */
  event(data: JsonObject): string | undefined;
  end(): ModelTurn | undefined;
}

/** How one wire format is spoken. */
export interface ModelApi {
  readonly path: string;
  headers(settings: AgentSettings): Readonly<Record<string, string>>;
  body(settings: AgentSettings, request: ModelRequest): JsonObject;
  reader(): TurnReader;
}

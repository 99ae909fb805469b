import type { MergeRequest, Project } from './world.js';

export interface StatusCheck { readonly id: number; readonly name: string; readonly answers: Map<number, string> }

/** What paid plans keep beside the world's own parts; a project without an entry has none. */
export const pushRules = new WeakMap<Project, Readonly<Record<string, unknown>>>();
export const mergeRequestRules = new WeakMap<MergeRequest, readonly Readonly<Record<string, unknown>>[]>();
export const statusChecks = new WeakMap<Project, readonly StatusCheck[]>();

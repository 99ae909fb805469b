/** The run folder: documents by their path in it, forward slashes, redacted by the adapter before they touch the disk. */
export interface Evidence {
  /** The folder, for people. */
  readonly folder: string;
  writeText(path: string, text: string): Promise<void>;
  /** Canonical JSON with a line feed at the end. */
  writeJson(path: string, value: unknown): Promise<void>;
  /** Bytes that must stay exactly as they are (a bundle, a patch). The caller has made sure that they hold no secret. */
  writeBytes(path: string, bytes: Uint8Array): Promise<void>;
  /** Appends one line of JSON; for logs that grow while something runs, so that a crash loses at most the last line. */
  appendJsonLine(path: string, value: unknown): Promise<void>;
  readText(path: string): Promise<string | undefined>;
  /** The bytes of a plain file, `undefined` when there is none. */
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** A real path for a tool that must write a file itself (git bundle). Its folder exists. */
  pathFor(path: string): Promise<string>;
  /** All files of the folder, sorted. */
  list(): Promise<readonly string[]>;
}

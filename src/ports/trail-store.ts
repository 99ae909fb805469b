/** Where the lines of a trail are kept. One writer at a time; the writer holds the lock as long as it is open. */
export interface TrailStore {
  /** All bytes so far; empty when there are none. */
  read(): Promise<Uint8Array>;
  /** Appends whole lines; settles only when they would survive a crash of the machine's process. */
  append(lines: string): Promise<void>;
  /** Cuts a torn tail off: the bytes after `length` were never acknowledged to anybody. */
  truncate(length: number): Promise<void>;
}

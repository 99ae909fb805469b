/** Where lines of the new file stand in one file's difference. */
export interface DiffLines {
  readonly oldPath: string;
  /** Lines that are new: they have no number in the old file. */
  readonly added: ReadonlySet<number>;
  /** Lines that stayed and are shown, with their numbers in the old file. */
  readonly kept: ReadonlyMap<number, number>;
}

/** Reads the hunks of a unified difference without its file header, as GitLab's API gives it. Foreign text: what is no hunk is left out. */
export function readDiff(file: { readonly old_path: string; readonly diff: string }): DiffLines {
  const added = new Set<number>();
  const kept = new Map<number, number>();
  let before = 0;
  let after = 0;
  for (const line of file.diff.split('\n')) {
    const hunk = /^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@/.exec(line);
    if (hunk !== null) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
    } else if (after > 0 || before > 0) {
      const mark = line.charAt(0);
      if (mark === '+') added.add(after++);
      else if (mark === '-') before += 1;
      else if (mark === ' ') kept.set(after++, before++);
    }
  }
  return { oldPath: file.old_path, added, kept };
}

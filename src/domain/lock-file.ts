/**
 * Files in which a package manager writes down what it chose. One list for the policy's kinds of files and for the guard: a file that one
 * calls a lock file and the other does not would be judged by neither.
 * @param name the last part of a path, in small letters, look-alikes folded
 */
export function isLockFileName(name: string): boolean {
  return LOCK_FILE.test(name);
}

const LOCK_FILE = /^(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|deno\.lock|poetry\.lock|uv\.lock|pdm\.lock|pipfile\.lock|cargo\.lock|go\.sum|gemfile\.lock|composer\.lock|packages\.lock\.json|gradle\.lockfile|mix\.lock|pubspec\.lock|package\.resolved|podfile\.lock|flake\.lock)$/;

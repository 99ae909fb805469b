/**
 * Shows what a command can see where secrets lie: the files of `PLACES`, git's configuration, its own environment, what in
 * the environments of all processes looks like a secret, files with telling names, and the mounts. Short enough to come
 * through a tool's answer as a whole.
 */
export const DUMP_COMMAND = [
  '{ cat "$PLACES"/* "$PLACES"/.[a-z]*; git config --list --show-origin; env;',
  'cat /proc/[0-9]*/environ | tr "\\000" "\\n" | grep -E "TOKEN|KEY|SECRET|PASS|AUTH|canary" | sort -u;',
  'find / -xdev -maxdepth 3 \\( -name "*.sock" -o -name ".netrc" -o -name ".git-credentials" -o -name "credentials*" -o -name "id_*" \\) -not -path "/proc/*";',
  'cat /proc/self/cgroup /proc/self/mountinfo; ls -la / /home /root /run; } 2>/dev/null | head -c 10000; echo; echo END-OF-DUMP',
].join(' ');

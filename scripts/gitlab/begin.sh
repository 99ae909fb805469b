# The place of a job, made anew: no leftovers of whoever called, the program, and one commit of the repository without a credential.
# Inputs stand here as words between single quotes: their pattern lets no quote, dollar, backtick or backslash through.
set -eu
unset NODE_OPTIONS NODE_PATH BASH_ENV ENV LD_PRELOAD LD_LIBRARY_PATH GIT_DIR GIT_WORK_TREE GIT_EXEC_PATH GIT_SSH_COMMAND GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS
case "$CI_PROJECT_URL" in '$[[ inputs.gitlab-url ]]'*/*) ;; *) echo "This job is told to be of $CI_PROJECT_URL, and the input gitlab-url names another GitLab." >&2; exit 2 ;; esac
heddle_place="$(mktemp -d)"
trap 'rm -rf "$heddle_place"' EXIT
case '$[[ inputs.source ]]' in
npm)
  # Packed, not installed: no dependency, no script of a package, no .npmrc of a folder that another job has filled.
  (cd "$heddle_place" && npm pack --silent --ignore-scripts --registry '$[[ inputs.registry ]]' '$[[ inputs.package ]]@$[[ inputs.version ]]' > packed && mv "$(tail -n 1 packed)" heddle.tgz)
  if [ -n '$[[ inputs.sha256 ]]' ]; then echo '$[[ inputs.sha256 ]]' " $heddle_place/heddle.tgz" | sha256sum -c --quiet -; fi
  tar -xzf "$heddle_place/heddle.tgz" -C "$heddle_place"
  heddle() { node "$heddle_place/package/dist/cli.js" "$@"; } ;;
path) heddle() { node '$[[ inputs.path ]]/dist/cli.js' "$@"; } ;;
image) heddle() { command heddle "$@"; } ;;
esac
# One value of a job's answer; empty when there is no such file or member.
heddle_answer() {
  node -e 'const [, file, name] = process.argv; let value; try { value = JSON.parse(require("node:fs").readFileSync(file, "utf8"))[name]; } catch {} process.stdout.write(typeof value === "string" ? value : "")' "$1" "$2"
}
# Branches or a commit, in $heddle_place/repository. The job's token is used for this alone and written nowhere.
heddle_fetch() {
  git init -q "$heddle_place/repository"
  git -C "$heddle_place/repository" remote add origin "$CI_PROJECT_URL.git"
  git -C "$heddle_place/repository" -c credential.helper= -c 'credential.helper=!f() { echo username=gitlab-ci-token; echo "password=$CI_JOB_TOKEN"; }; f' fetch -q --no-tags --depth=$[[ inputs.git-depth ]] origin "$@"
}

# True when admit left a plan. A job that is not needed ends green: GitLab has no condition on what a job before it answered.
heddle_admitted() {
  [ "$(heddle_answer heddle-admit/answer.json outcome)" = admitted ] && [ -f heddle-admit/plan.json ]
}
# The commit that the plan stands on, as admit wrote it.
heddle_checkout() {
  heddle_base="$(heddle_answer heddle-admit/answer.json baseCommit)"
  case "$heddle_base" in ''|*[!0-9a-f]*) echo 'The answer of heddle-admit names no commit.' >&2; exit 1 ;; esac
  heddle_fetch "$heddle_base"
  git -C "$heddle_place/repository" checkout -q --detach "$heddle_base"
}
# What the runner gives every job, and one that runs foreign code must not hold.
heddle_drop_tokens() {
  unset CI_JOB_TOKEN
  heddle_drop_other_tokens
}
# All but the job's own token, for a command that asks GitLab for a job before it: it takes the token out of its own environment at its start.
heddle_drop_other_tokens() {
  unset CI_JOB_JWT CI_JOB_JWT_V1 CI_JOB_JWT_V2 CI_REGISTRY_PASSWORD CI_DEPENDENCY_PROXY_PASSWORD CI_DEPLOY_PASSWORD CI_REPOSITORY_URL '$[[ inputs.token-variable ]]'
}

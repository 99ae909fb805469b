/** Source code by its name. Not documents, data, or translations: those hold text of every alphabet by right. */
export function isCode(path: string): boolean {
  return CODE.test(path);
}

const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte|py|pyi|rb|go|rs|java|kts?|scala|groovy|gradle|cs|fs|vb|php|swift|c|cc|cpp|cxx|h|hh|hpp|m|mm|sh|bash|zsh|fish|ps1|bat|cmd|sql|pl|pm|lua|dart|ex|exs|erl|hs|clj|r|jl|tf|hcl|sol|zig|nim)$|(?:^|\/)(?:Makefile|Dockerfile|Jenkinsfile|Rakefile|Gemfile)$/i;

/**
 * Values that are tokens by their form, whatever their variable is called: the ID tokens that a GitLab job asks for under names of
 * its own (RFC 7519 in its compact form), and those of the forges by their prefixes. They never reach a program that we start, and
 * are known to the redactor. What has no form cannot be told; the list of kept variables does not need it.
 */
const FORMS = /^(?:eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_.-]{16,}|gh[opsur]_[A-Za-z0-9_]{30,}|github_pat_[A-Za-z0-9_]{30,})$/;

export function looksLikeToken(value: string | undefined): boolean {
  return value !== undefined && value.length <= 16_384 && FORMS.test(value.trim());
}

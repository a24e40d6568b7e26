/**
 * Replaces `$(NAME)` by the variable's value; `$$` stands for one `$`; what no variable has stays as it is.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function expand(text: string, variable: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (match, name: string | undefined) => {
    if (name === undefined) return '$';
    return variable(name) ?? match;
  });
}

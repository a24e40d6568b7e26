/** What a kubeconfig for one cluster says. Certificates and key are PEM. */
export interface KubeconfigFacts {
  /** The cluster's name, without prefix. */
  readonly clusterName: string;
  readonly server: string;
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Context, cluster and user of a Slipway cluster in kubeconfigs. */
export function contextName(clusterName: string): string {
  return `slipway-${clusterName}`;
}

/**
 * A kubeconfig with one context, as YAML. Names are DNS labels and data base64, so that nothing needs quoting.
 * Source: Kubernetes, "kubeconfig (v1)".
 */
export function kubeconfigYaml({ clusterName, server, ca, clientCert, clientKey }: KubeconfigFacts): string {
  const name = contextName(clusterName);
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    certificate-authority-data: ${base64(ca)}
    server: ${server}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}
current-context: ${name}
preferences: {}
users:
- name: ${name}
  user:
    client-certificate-data: ${base64(clientCert)}
    client-key-data: ${base64(clientKey)}
`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

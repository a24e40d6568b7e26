/** Version of this product; the release test holds it against package.json. */
export const slipwayVersion = '0.1.0';

/** The Kubernetes release whose API is served. */
export const kubernetesVersion = '1.36.0';

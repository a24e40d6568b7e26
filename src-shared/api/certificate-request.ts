/** What a PKCS#10 certificate request asks for. */
export interface CertificateRequestFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** Reads and signs certificate requests; made where the cluster's authority and an X.509 library are. */
export interface CertificateTools {
  /** Undefined when the PEM is no certificate request, or its signature does not hold. */
  read(requestPem: string): Promise<CertificateRequestFacts | undefined>;
  /** The certificate, PEM. `usages` as in CertificateSigningRequests (`client auth`, `digital signature`, …). */
  sign(request: {
    readonly requestPem: string;
    readonly usages: readonly string[];
    readonly validSeconds: number;
  }): Promise<string>;
}

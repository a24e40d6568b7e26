import type { PersistentVolume } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';

/**
 * The secrets, `namespace/name`, that a volume makes the nodes of its claim's pods read; none when it is bound to another
 * claim, `namespace/name` too. What controllers alone need is not among them.
 */
export function secretsOfVolume({ spec }: Unchecked<PersistentVolume>, claim: string): string[] {
  const { claimRef, csi, azureFile } = spec ?? {};
  if (`${claimRef?.namespace}/${claimRef?.name}` !== claim) return [];
  const references = [
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
    spec?.cephfs?.secretRef,
    spec?.cinder?.secretRef,
    spec?.flexVolume?.secretRef,
    spec?.iscsi?.secretRef,
    spec?.rbd?.secretRef,
    spec?.scaleIO?.secretRef,
    spec?.storageos?.secretRef,
    azureFile && { namespace: azureFile.secretNamespace, name: azureFile.secretName },
  ];
  return references.flatMap((found) =>
    found?.name ? [`${found.namespace || claimRef?.namespace}/${found.name}`] : [],
  );
}

import { describe, expect, it } from 'vitest';
import { ready, service, slice, terminating, unready } from './fixtures.ts';
import { planServices } from './plan.ts';

const web = service('web', {
  clusterIP: '10.96.0.20',
  clusterIPs: ['10.96.0.20'],
  ports: [{ port: 80, protocol: 'TCP' }],
});

const addressesOf = (endpoints: Parameters<typeof slice>[2], spec = {}) => {
  const plans = planServices(
    [{ ...web, spec: { ...web.spec, ...spec } }],
    [slice('web', { port: 8080 }, endpoints)],
    'n1',
  );
  return plans.map((plan) => ({
    everywhere: plan.backends.map(({ ip }) => ip),
    here: plan.localBackends.map(({ ip }) => ip),
  }));
};

describe('planServices', () => {
  it('plans one port with what kube-proxy needs to know', () => {
    const plans = planServices([web], [slice('web', { port: 8080 }, [ready('10.244.1.5', 'n1')])], 'n1');
    const backends = [{ ip: '10.244.1.5', port: 8080, isLocal: true }];
    expect(plans).toEqual([
      {
        namespace: 'default',
        name: 'web',
        protocol: 'tcp',
        family: 'ip',
        port: 80,
        clusterIp: '10.96.0.20',
        externalIps: [],
        loadBalancerIps: [],
        sourceRanges: [],
        nodePort: undefined,
        backends,
        localBackends: backends,
        internalPolicy: 'Cluster',
        externalPolicy: 'Cluster',
        affinitySeconds: undefined,
      },
    ]);
  });

  it('leaves out headless Services, ExternalName Services and those that labels give to another proxy or none', () => {
    const ports = [{ port: 80 }];
    const others = [
      service('headless', { clusterIP: 'None', clusterIPs: ['None'], ports }),
      service('alias', { type: 'ExternalName', externalName: 'example.com', ports }),
      service('pending', { ports }),
    ];
    const foreign = ['service-proxy-name', 'headless'].map((label, index) => {
      const { metadata, ...rest } = service(label, { clusterIP: `10.96.0.2${index}`, ports });
      return { ...rest, metadata: { ...metadata, labels: { [`service.kubernetes.io/${label}`]: '' } } };
    });
    expect(planServices([...others, ...foreign], [], 'n1')).toEqual([]);
  });

  it('uses ready endpoints alone while there is one', () => {
    const endpoints = [
      ready('10.244.1.5', 'n1'),
      terminating('10.244.1.6', 'n1'),
      unready('10.244.2.5', 'n2'),
    ];
    expect(addressesOf(endpoints)).toEqual([{ everywhere: ['10.244.1.5'], here: ['10.244.1.5'] }]);
  });

  it('falls back to endpoints that serve while they shut down, in the cluster and on the node separately', () => {
    expect(addressesOf([terminating('10.244.1.6', 'n1'), unready('10.244.1.7', 'n1')])).toEqual([
      { everywhere: ['10.244.1.6'], here: ['10.244.1.6'] },
    ]);
    expect(addressesOf([ready('10.244.2.5', 'n2'), terminating('10.244.1.6', 'n1')])).toEqual([
      { everywhere: ['10.244.2.5'], here: ['10.244.1.6'] },
    ]);
  });

  it('takes an endpoint without conditions as ready', () => {
    expect(addressesOf([{ addresses: ['10.244.1.5'] }])).toEqual([{ everywhere: ['10.244.1.5'], here: [] }]);
  });

  it('follows node hints when every ready endpoint has them and one names this node', () => {
    const hinted = (address: string, node: string) => ({
      ...ready(address, node),
      hints: { forNodes: [{ name: node }] },
    });
    expect(addressesOf([hinted('10.244.1.5', 'n1'), hinted('10.244.2.5', 'n2')])[0]?.everywhere).toEqual([
      '10.244.1.5',
    ]);
    expect(addressesOf([hinted('10.244.1.5', 'n1'), ready('10.244.2.5', 'n2')])[0]?.everywhere).toHaveLength(
      2,
    );
    expect(addressesOf([hinted('10.244.2.5', 'n2')])[0]?.everywhere).toEqual(['10.244.2.5']);
  });

  it('matches named ports, joins several slices and drops duplicates', () => {
    const named = service('web', {
      clusterIP: '10.96.0.20',
      ports: [
        { name: 'http', port: 80 },
        { name: 'none', port: 81 },
      ],
    });
    const slices = [
      slice('web', { name: 'http', port: 8080 }, [ready('10.244.1.5', 'n1')]),
      slice('web', { name: 'http', port: 8080 }, [ready('10.244.2.5', 'n2'), unready('10.244.1.5', 'n1')]),
    ];
    const [http, none] = planServices([named], slices, 'n1');
    expect(http?.backends.map(({ ip }) => ip)).toEqual(['10.244.1.5', '10.244.2.5']);
    expect(none?.backends).toEqual([]);
  });

  it('plans both families of a dual-stack Service, each with its own endpoints', () => {
    const dual = service('web', {
      clusterIP: '10.96.0.20',
      clusterIPs: ['10.96.0.20', 'fd00:96::20'],
      ports: [{ port: 80 }],
    });
    const slices = [
      slice('web', { port: 8080 }, [ready('10.244.1.5', 'n1')]),
      slice('web', { port: 8080 }, [ready('fd00:244:1::5', 'n1')], 'IPv6'),
    ];
    expect(
      planServices([dual], slices, 'n1').map(({ family, backends }) => [family, backends[0]?.ip]),
    ).toEqual([
      ['ip', '10.244.1.5'],
      ['ip6', 'fd00:244:1::5'],
    ]);
  });

  it('gives session affinity three hours unless it says otherwise', () => {
    const affinityOf = (spec: object) =>
      planServices([{ ...web, spec: { ...web.spec, ...spec } }], [], 'n1')[0]?.affinitySeconds;
    expect(affinityOf({ sessionAffinity: 'None' })).toBeUndefined();
    expect(affinityOf({ sessionAffinity: 'ClientIP' })).toBe(10_800);
    const sessionAffinityConfig = { clientIP: { timeoutSeconds: 60 } };
    expect(affinityOf({ sessionAffinity: 'ClientIP', sessionAffinityConfig })).toBe(60);
  });
});

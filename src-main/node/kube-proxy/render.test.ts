import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ready, service, slice } from './fixtures.ts';
import { planServices } from './plan.ts';
import { proxyTable, renderRules } from './render.ts';
import { formatChanges, formatWhole } from './ruleset.ts';

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}.nft`, import.meta.url));
const network = { podCidrs: ['10.244.0.0/16', 'fd00:244::/48'], serviceCidrs: ['10.96.0.0/16'] };
type Objects = { services: Parameters<typeof planServices>[0]; slices: Parameters<typeof planServices>[1] };
const rulesOf = ({ services, slices }: Objects) => renderRules(planServices(services, slices, 'n1'), network);

const two = [ready('10.244.1.5', 'n1'), ready('10.244.2.5', 'n2')];
const plain = {
  services: [
    service('web', { clusterIP: '10.96.0.20', ports: [{ port: 80, protocol: 'TCP' }] }),
    service('one', { clusterIP: '10.96.0.21', ports: [{ port: 53, protocol: 'UDP' }] }),
    service('signal', { clusterIP: '10.96.0.22', ports: [{ port: 2905, protocol: 'SCTP' }] }),
    service('empty', { clusterIP: '10.96.0.23', ports: [{ port: 80, protocol: 'TCP' }] }),
  ],
  slices: [
    slice('web', { port: 8080 }, two),
    slice('one', { port: 5353, protocol: 'UDP' }, [ready('10.244.2.6', 'n2')]),
    slice('signal', { port: 2905, protocol: 'SCTP' }, [ready('10.244.2.7', 'n2')]),
  ],
};

const exposed = {
  services: [
    service('node-port', {
      type: 'NodePort',
      clusterIP: '10.96.0.30',
      externalIPs: ['198.51.100.7'],
      ports: [{ port: 80, nodePort: 30080 }],
    }),
    service('keeps-source', {
      type: 'NodePort',
      clusterIP: '10.96.0.31',
      externalTrafficPolicy: 'Local',
      ports: [{ port: 80, nodePort: 30081 }],
    }),
    service('elsewhere', {
      type: 'NodePort',
      clusterIP: '10.96.0.32',
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Local',
      ports: [{ port: 80, nodePort: 30082 }],
    }),
    service('nobody', { type: 'NodePort', clusterIP: '10.96.0.33', ports: [{ port: 80, nodePort: 30083 }] }),
    service(
      'balanced',
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.34',
        loadBalancerSourceRanges: ['203.0.113.0/24'],
        ports: [{ port: 443, nodePort: 30084 }],
      },
      { loadBalancer: { ingress: [{ ip: '198.51.100.9', ipMode: 'VIP' }] } },
    ),
  ],
  slices: [
    slice('node-port', { port: 8080 }, two),
    slice('keeps-source', { port: 8080 }, two),
    slice('elsewhere', { port: 8080 }, [ready('10.244.2.5', 'n2')]),
    slice('balanced', { port: 8443 }, two),
  ],
};

const sticky = {
  services: [
    service('sticky', {
      clusterIP: '10.96.0.40',
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
      ports: [{ port: 80 }],
    }),
  ],
  slices: [slice('sticky', { port: 8080 }, two)],
};

const dual = {
  services: [
    service('dual', {
      type: 'NodePort',
      clusterIP: '10.96.0.50',
      clusterIPs: ['10.96.0.50', 'fd00:96::50'],
      ports: [{ port: 80, nodePort: 30090 }],
    }),
  ],
  slices: [
    slice('dual', { port: 8080 }, two),
    slice('dual', { port: 8080 }, [ready('fd00:244:1::5', 'n1')], 'IPv6'),
  ],
};

const none: Objects = { services: [], slices: [] };

describe('renderRules', () => {
  it.each([
    ['cluster-ip', plain],
    ['exposed', exposed],
    ['session-affinity', sticky],
    ['dual-stack', dual],
  ])('renders %s as recorded', async (name, objects) => {
    await expect(formatWhole(proxyTable, rulesOf(objects))).toMatchFileSnapshot(golden(name));
  });

  it('does not depend on the order in which objects arrive', () => {
    const reversed = { services: [...exposed.services].reverse(), slices: [...exposed.slices].reverse() };
    expect(formatWhole(proxyTable, rulesOf(reversed))).toBe(formatWhole(proxyTable, rulesOf(exposed)));
  });

  it('keeps names that nft accepts, and apart, however long a Service is called', () => {
    const long = 'a'.repeat(62);
    const services = ['x', 'y'].map((end, index) =>
      service(`${long}${end}`, {
        clusterIP: `10.96.0.${60 + index}`,
        sessionAffinity: 'ClientIP',
        ports: [{ port: 80 }],
      }),
    );
    const slices = ['x', 'y'].map((end) => slice(`${long}${end}`, { port: 8080 }, two));
    const { chains, sets } = rulesOf({
      services: services.map((item) => ({ ...item, metadata: { ...item.metadata, namespace: long } })),
      slices: slices.map((item) => ({ ...item, metadata: { ...item.metadata, namespace: long } })),
    });
    const names = [...chains.keys(), ...sets.keys()];
    expect(names.filter((name) => name.startsWith('ep4/'))).toHaveLength(4);
    expect(names.filter((name) => name.length > 110)).toEqual([]);
  });
});

describe('formatChanges', () => {
  it('says nothing when nothing changed', () => {
    expect(formatChanges(proxyTable, rulesOf(exposed), rulesOf(exposed))).toBe('');
  });

  it('touches the changed Service alone when a pod comes', async () => {
    const more = {
      ...plain,
      slices: [slice('web', { port: 8080 }, [...two, ready('10.244.1.9', 'n1')]), ...plain.slices.slice(1)],
    };
    expect(formatChanges(proxyTable, rulesOf(plain), rulesOf(more)).split('\n')).toEqual([
      'flush chain inet slipway_proxy svc4/default/web/tcp/80',
      'add rule inet slipway_proxy svc4/default/web/tcp/80 meta l4proto tcp dnat ip to numgen random mod 3 map { 0 : 10.244.1.5 . 8080, 1 : 10.244.1.9 . 8080, 2 : 10.244.2.5 . 8080 }',
      'add element inet slipway_proxy hairpin4 { 10.244.1.9 . 10.244.1.9 }',
      '',
    ]);
  });

  it('keeps the clients of the backend that stays when another goes', () => {
    const fewer = { ...sticky, slices: [slice('sticky', { port: 8080 }, two.slice(0, 1))] };
    const script = formatChanges(proxyTable, rulesOf(sticky), rulesOf(fewer));
    expect(script).toContain('delete set inet slipway_proxy aff6004/default/sticky/tcp/80/10.244.2.5/8080');
    expect(script).not.toContain('10.244.1.5/8080 {');
    expect(script).not.toContain('chain inet slipway_proxy ep4/default/sticky/tcp/80/10.244.1.5');
  });

  it('removes all of a Service that is deleted, chains after what leads to them', () => {
    const lines = formatChanges(proxyTable, rulesOf(sticky), rulesOf(none)).trim().split('\n');
    expect(lines.findIndex((line) => line.startsWith('delete element'))).toBeLessThan(
      lines.findIndex((line) => line.startsWith('delete chain')),
    );
    expect(lines.filter((line) => line.startsWith('delete chain'))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('delete set'))).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import { answerFromZone } from './answer.ts';
import { service, slice, zoneOf } from './fixtures.ts';

const services = [
  service('default', 'web', {
    clusterIP: '10.96.0.20',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }, { port: 81 }],
  }),
  service('default', 'dual', {
    clusterIP: '10.96.0.21',
    clusterIPs: ['10.96.0.21', 'fd00:96::21'],
    ports: [{ port: 80 }],
  }),
  service('default', 'db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] }),
  service('default', 'void', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] }),
  service('default', 'outside', { type: 'ExternalName', externalName: 'api.example.com' }),
  service('default', 'alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
];
const slices = [
  slice('default', 'db', {
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.244.1.5'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.244.2.6'], conditions: { ready: true } },
      { addresses: ['10.244.2.7'], hostname: 'db-2', conditions: { ready: false } },
    ],
  }),
  slice('default', 'db', {
    addressType: 'IPv6',
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [{ addresses: ['fd00:244:1::5'], hostname: 'db-0' }],
  }),
  slice('default', 'web', {
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: ['10.244.1.9'] }],
  }),
];
const zone = zoneOf(services, slices);

/** The answer in short: response code, then the data of the records. */
function ask(name: string, type = 'A'): unknown[] | undefined {
  const answer = answerFromZone(zone, name, type);
  return (
    answer && [answer.rcode, ...answer.answers.map((record) => ('data' in record ? record.data : undefined))]
  );
}
const at = (name: string) => `${name}.default.svc.cluster.local`;

describe('a Service with a ClusterIP', () => {
  it('has an address, and none of a family it lacks', () => {
    expect(ask(at('web'))).toEqual(['NOERROR', '10.96.0.20']);
    expect(ask(at('web'), 'AAAA')).toEqual(['NOERROR']);
    expect(ask(at('dual'), 'AAAA')).toEqual(['NOERROR', 'fd00:96::21']);
  });

  it('answers with five seconds to live, under the name as it was asked', () => {
    const name = 'WeB.dEfault.svc.CLUSTER.local';
    expect(answerFromZone(zone, name, 'A')).toEqual({
      rcode: 'NOERROR',
      answers: [{ type: 'A', name, ttl: 5, data: '10.96.0.20' }],
      additionals: [],
      authorities: [],
    });
  });

  it('has SRV records for its named ports, with the address beside them', () => {
    const answer = answerFromZone(zone, at('_http._tcp.web'), 'SRV');
    expect(answer?.answers).toEqual([
      {
        type: 'SRV',
        name: at('_http._tcp.web'),
        ttl: 5,
        data: { priority: 0, weight: 100, port: 80, target: at('web') },
      },
    ]);
    expect(answer?.additionals).toEqual([{ type: 'A', name: at('web'), ttl: 5, data: '10.96.0.20' }]);
    expect(ask(at('_http._udp.web'), 'SRV')).toEqual(['NXDOMAIN']);
    expect(ask(at('_other._tcp.web'), 'SRV')).toEqual(['NXDOMAIN']);
    expect(ask(at('_tcp.web'), 'SRV')).toEqual(['NOERROR']);
  });

  it('is named by its address', () => {
    expect(ask('20.0.96.10.in-addr.arpa', 'PTR')).toEqual(['NOERROR', at('web')]);
  });

  it('has no names for its endpoints', () => {
    expect(ask(at('10-244-1-9.web'))).toEqual(['NXDOMAIN']);
    expect(ask('9.1.244.10.in-addr.arpa', 'PTR')).toEqual(['NXDOMAIN']);
  });
});

describe('a headless Service', () => {
  it('has the addresses of its ready endpoints', () => {
    expect(ask(at('db'))).toEqual(['NOERROR', '10.244.1.5', '10.244.2.6']);
    expect(ask(at('db'), 'AAAA')).toEqual(['NOERROR', 'fd00:244:1::5']);
  });

  it('exists without endpoints, but has no address', () => {
    expect(ask(at('void'))).toEqual(['NOERROR']);
  });

  it('names each endpoint by its hostname, or by its address', () => {
    expect(ask(at('db-0.db'))).toEqual(['NOERROR', '10.244.1.5']);
    expect(ask(at('db-0.db'), 'AAAA')).toEqual(['NOERROR', 'fd00:244:1::5']);
    expect(ask(at('10-244-2-6.db'))).toEqual(['NOERROR', '10.244.2.6']);
    expect(ask(at('db-2.db'))).toEqual(['NXDOMAIN']);
  });

  it('has one SRV record per endpoint', () => {
    expect(ask(at('_sql._tcp.db'), 'SRV')).toEqual([
      'NOERROR',
      { priority: 0, weight: 33, port: 5432, target: at('db-0.db') },
      { priority: 0, weight: 33, port: 5432, target: at('10-244-2-6.db') },
    ]);
  });

  it('names endpoints by their addresses', () => {
    expect(ask('5.1.244.10.in-addr.arpa', 'PTR')).toEqual(['NOERROR', at('db-0.db')]);
    expect(ask('6.2.244.10.in-addr.arpa', 'PTR')).toEqual(['NOERROR', at('10-244-2-6.db')]);
    const reverse = '5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.4.4.2.0.0.0.d.f.ip6.arpa';
    expect(ask(reverse, 'PTR')).toEqual(['NOERROR', at('db-0.db')]);
  });
});

describe('an ExternalName Service', () => {
  it('is an alias, to be followed when addresses are asked for', () => {
    expect(answerFromZone(zone, at('outside'), 'A')).toMatchObject({
      answers: [{ type: 'CNAME', data: 'api.example.com' }],
      follow: 'api.example.com',
    });
    expect(ask(at('outside'), 'CNAME')).toEqual(['NOERROR', 'api.example.com']);
    expect(ask(at('x.outside'))).toEqual(['NXDOMAIN']);
  });

  it('leads within the cluster to the address itself', () => {
    expect(ask(at('alias'))).toEqual(['NOERROR', 'web.default.svc.cluster.local', '10.96.0.20']);
  });
});

describe('other names', () => {
  it('pods are named by their addresses, in namespaces that exist', () => {
    expect(ask('10-244-1-5.default.pod.cluster.local')).toEqual(['NOERROR', '10.244.1.5']);
    expect(ask('fd00-244-1--5.default.pod.cluster.local', 'AAAA')).toEqual(['NOERROR', 'fd00:244:1::5']);
    expect(ask('10-244-1-5.nowhere.pod.cluster.local')).toEqual(['NXDOMAIN']);
    expect(ask('not-an-address.default.pod.cluster.local')).toEqual(['NXDOMAIN']);
  });

  it('tells names that do not exist from names without such records', () => {
    expect(ask('cluster.local')).toEqual(['NOERROR']);
    expect(ask('svc.cluster.local')).toEqual(['NOERROR']);
    expect(ask('empty.svc.cluster.local')).toEqual(['NOERROR']);
    expect(ask('nowhere.svc.cluster.local')).toEqual(['NXDOMAIN']);
    expect(ask(at('nothing'))).toEqual(['NXDOMAIN']);
    expect(ask('other.cluster.local')).toEqual(['NXDOMAIN']);
    // What a search list makes of an outside name.
    expect(ask('example.com.default.svc.cluster.local')).toEqual(['NXDOMAIN']);
    expect(ask('web.default.svc.cluster.local.default.svc.cluster.local')).toEqual(['NXDOMAIN']);
  });

  it('sends the SOA along when there is nothing, so that the absence can be cached', () => {
    const authorities = [
      { type: 'SOA', name: 'cluster.local', ttl: 5, data: { mname: 'ns.dns.cluster.local', minimum: 5 } },
    ];
    expect(answerFromZone(zone, at('nothing'), 'A')).toMatchObject({ rcode: 'NXDOMAIN', authorities });
    expect(answerFromZone(zone, at('web'), 'AAAA')).toMatchObject({ rcode: 'NOERROR', authorities });
  });

  it('describes the zone itself', () => {
    expect(ask('dns-version.cluster.local', 'TXT')).toEqual(['NOERROR', '1.1.0']);
    expect(ask('cluster.local', 'NS')).toEqual(['NOERROR', 'ns.dns.cluster.local']);
    expect(ask('ns.dns.cluster.local')).toEqual(['NOERROR', '10.96.0.10']);
    expect(ask('cluster.local', 'SOA')).toMatchObject(['NOERROR', { rname: 'hostmaster.cluster.local' }]);
  });

  it('leaves the rest of the world to others', () => {
    expect(ask('example.com')).toBeUndefined();
    expect(ask('notcluster.local')).toBeUndefined();
    expect(ask('8.8.8.8.in-addr.arpa', 'PTR')).toBeUndefined();
    expect(ask('96.10.in-addr.arpa', 'PTR')).toBeUndefined();
  });

  it('fails rather than denies while it does not know the cluster yet', () => {
    expect(answerFromZone({ ...zone, isReady: false }, at('web'), 'A')?.rcode).toBe('SERVFAIL');
  });
});

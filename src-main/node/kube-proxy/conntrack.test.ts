import { describe, expect, it } from 'vitest';
import { staleFlows } from './conntrack.ts';
import { ready, service, slice } from './fixtures.ts';
import { planServices } from './plan.ts';

const dns = service('dns', {
  type: 'NodePort',
  clusterIP: '10.96.0.53',
  ports: [{ port: 53, protocol: 'UDP', nodePort: 30053 }],
});
const withBackend = planServices(
  [dns],
  [slice('dns', { port: 5353, protocol: 'UDP' }, [ready('10.244.1.5', 'n1')])],
  'n1',
);
const withoutBackend = planServices([dns], [], 'n1');
const own = new Set(['172.30.1.11']);

const flow = (destination: string, dport: number, replySource: string, replyPort: number) =>
  `udp      17 29 src=10.244.1.9 dst=${destination} sport=4000 dport=${dport} [UNREPLIED] src=${replySource} dst=10.244.1.9 sport=${replyPort} dport=4000 mark=0 use=1`;

const deletion = (destination: string, dport: number) =>
  `-D -f ipv4 -p udp -s 10.244.1.9 -d ${destination} --sport 4000 --dport ${dport}`.split(' ');

describe('staleFlows', () => {
  it('forgets flows to a backend that is gone, by ClusterIP and by node port', () => {
    const listing = [
      flow('10.96.0.53', 53, '10.244.2.8', 5353),
      flow('172.30.1.11', 30053, '10.244.2.8', 5353),
    ].join('\n');
    expect(staleFlows(listing, withBackend, own)).toEqual([
      deletion('10.96.0.53', 53),
      deletion('172.30.1.11', 30053),
    ]);
  });

  it('keeps flows to a backend that still serves', () => {
    expect(staleFlows(flow('10.96.0.53', 53, '10.244.1.5', 5353), withBackend, own)).toEqual([]);
  });

  it('forgets flows that began before there was a backend, but only once there is one', () => {
    const listing = flow('10.96.0.53', 53, '10.96.0.53', 53);
    expect(staleFlows(listing, withBackend, own)).toEqual([deletion('10.96.0.53', 53)]);
    expect(staleFlows(listing, withoutBackend, own)).toEqual([]);
  });

  it('leaves alone what has nothing to do with Services', () => {
    const others = [
      flow('9.9.9.9', 53, '9.9.9.9', 53),
      flow('9.9.9.9', 30053, '9.9.9.9', 30053),
      'tcp 6 1 src=1.2.3.4 dst=10.96.0.53',
      '',
    ];
    expect(staleFlows(others.join('\n'), withBackend, own)).toEqual([]);
  });
});

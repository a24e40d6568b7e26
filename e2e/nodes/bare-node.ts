import { runInContainer } from '../../src-main/docker/container-exec.ts';
import { connectDocker, type DockerEngine } from '../../src-main/docker/engine.ts';
import {
  ensureClusterNetwork,
  type NodeNetwork,
  removeClusterNetwork,
} from '../../src-main/docker/network.ts';
import { createNode, removeClusterContainers } from '../../src-main/docker/node-container.ts';
import { ensureNodeImage } from '../../src-main/docker/node-image.ts';
import { waitForNode } from '../../src-main/docker/node-state.ts';
import { cniConfig } from '../../src-main/node/network/cni.ts';

/** A small server: answers TCP connections and UDP datagrams with its name and the client's address. */
const serverSource = `
const [name, port] = process.argv.slice(1);
require('net').createServer((s) => { s.on('error', () => {}); s.end(name + ' ' + s.remoteAddress.replace('::ffff:', '')); }).listen(+port);
const udp = require('dgram').createSocket('udp4');
udp.on('message', (m, from) => udp.send(name + ' ' + from.address, from.port, from.address)).bind(+port);
`;
const clientSource = `
const [protocol, ip, port, localPort] = process.argv.slice(1);
const end = (text) => { console.log(text); process.exit(0); };
setTimeout(() => end('TIMEOUT'), 1500);
if (protocol === 'udp') {
  const s = require('dgram').createSocket('udp4');
  s.on('message', (m) => end(String(m))).on('error', (e) => end(e.code));
  s.bind(+(localPort || 0), () => s.connect(+port, ip, () => s.send('x')));
} else {
  const s = require('net').connect(+port, ip);
  let text = '';
  s.on('data', (d) => { text += d; }).on('end', () => end(text)).on('error', (e) => end(e.code));
}
`;

/** Node containers without an agent, whose network is set up by hand: what a test applies is all there is. */
export class BareCluster {
  readonly engine: DockerEngine;
  readonly name: string;
  readonly network: NodeNetwork;
  readonly nodes: readonly BareNode[];

  private constructor(engine: DockerEngine, name: string, network: NodeNetwork, nodes: readonly BareNode[]) {
    this.engine = engine;
    this.name = name;
    this.network = network;
    this.nodes = nodes;
  }

  static async create(name: string, count: number): Promise<BareCluster> {
    const engine = await connectDocker();
    await removeClusterContainers(engine, { cluster: name });
    const { tag } = await ensureNodeImage(engine);
    const network = await ensureClusterNetwork(engine, {
      cluster: name,
      avoid: ['10.244.0.0/16', '10.96.0.0/16'],
    });
    const nodes = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const number = index + 1;
        const node = new BareNode(engine, {
          name: `n${number}`,
          container: `slipway-${name}-n${number}`,
          ip: network.nodeSubnet.replace(/0\/24$/, String(10 + number)),
          podCidr: `10.244.${number}.0/24`,
        });
        const { container, ip } = node;
        const spec = {
          cluster: name,
          name: node.name,
          container,
          ip,
          image: tag,
          dockerNetwork: network.dockerNetwork,
        };
        await createNode(engine, { ...spec, kubeletHostPort: 0, size: {}, files: [] });
        await waitForNode(engine, container);
        return node;
      }),
    );
    return new BareCluster(engine, name, network, nodes);
  }

  node(name: string): BareNode {
    const found = this.nodes.find((node) => node.name === name);
    if (!found) throw new Error(`no node ${name}`);
    return found;
  }

  async remove(): Promise<void> {
    await removeClusterContainers(this.engine, { cluster: this.name });
    await removeClusterNetwork(this.engine, { cluster: this.name });
  }
}

interface BareNodeSpec {
  readonly name: string;
  readonly container: string;
  readonly ip: string;
  readonly podCidr: string;
}

export class BareNode {
  readonly #engine: DockerEngine;
  readonly name: string;
  readonly container: string;
  readonly ip: string;
  readonly podCidr: string;

  constructor(engine: DockerEngine, { name, container, ip, podCidr }: BareNodeSpec) {
    this.#engine = engine;
    this.name = name;
    this.container = container;
    this.ip = ip;
    this.podCidr = podCidr;
  }

  /** Runs a shell command in the node; throws unless it ends with status 0. */
  async sh(command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await runInContainer(this.#engine, {
      container: this.container,
      command: ['sh', '-c', command],
    });
    if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
    return stdout.trim();
  }

  async nft(script: string): Promise<void> {
    await this.sh(`nft -f - <<'END_OF_RULES'\n${script}\nEND_OF_RULES`);
  }

  /** A pod as far as the network is concerned: a network namespace joined to the node by its CNI plugin. */
  async addPod(name: string): Promise<string> {
    const {
      cniVersion,
      name: network,
      plugins,
    } = JSON.parse(cniConfig({ podCidrs: [this.podCidr], mtu: 1400, bridgeNetfilter: true }));
    const config = JSON.stringify({ cniVersion, name: network, ...plugins[0] });
    const env = `CNI_COMMAND=ADD CNI_CONTAINERID=${name} CNI_NETNS=/run/netns/${name} CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni`;
    const result = await this.sh(
      `ip netns add ${name} && ip -n ${name} link set lo up && echo '${config}' | ${env} /usr/lib/cni/bridge`,
    );
    return String(JSON.parse(result).ips[0].address).split('/')[0] ?? '';
  }

  /** Runs a server on a port of a pod, or of the node itself. */
  async serve(where: string | undefined, name: string, port: number): Promise<void> {
    const inside = where === undefined ? '' : `ip netns exec ${where} `;
    await this.sh(
      `${inside}setsid node -e '${serverSource.replaceAll("'", `'"'"'`)}' -- ${name} ${port} >/dev/null 2>&1 </dev/null &`,
    );
    for (let attempt = 0; attempt < 50; attempt++) {
      if (
        (await this.sh(`${inside}cat /proc/net/tcp6`)).includes(
          `:${port.toString(16).toUpperCase().padStart(4, '0')} `,
        )
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`server ${name} does not listen`);
  }

  /** What a client in a pod (or on the node) gets: the server's answer, an error code, or `TIMEOUT`. */
  ask(where: string | undefined, protocol: 'tcp' | 'udp', target: string, localPort = 0): Promise<string> {
    const inside = where === undefined ? '' : `ip netns exec ${where} `;
    const [ip, port] = target.split(':');
    return this.sh(
      `${inside}node -e '${clientSource.replaceAll("'", `'"'"'`)}' -- ${protocol} ${ip} ${port} ${localPort}`,
    );
  }
}

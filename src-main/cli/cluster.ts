import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterSummary, CreateCluster, NodeDriver } from '@shared/rpc/contract.ts';
import { Command } from 'commander';
import { changeEncryption } from '../host/encryption.ts';
import { mergeKubeconfig, unmergeKubeconfig } from '../host/kubeconfig-merge.ts';
import { repairCluster } from '../host/repair.ts';
import { confirm } from './confirm.ts';
import { contextOf, runOperation, withApp } from './context.ts';
import { parseBytes, parseCount, parseDurationMs, printTable } from './output.ts';

interface CreateFlags {
  nodes: number;
  driver: string;
  hollowNodes?: number;
  cpus?: string;
  memory?: number;
  wait: number;
}

/** `slipway cluster …` */
export function clusterCommand(): Command {
  const cluster = new Command('cluster').description('create, list, start, stop and delete clusters');
  addCreate(cluster);
  addList(cluster);
  addStartAndStop(cluster);
  addDelete(cluster);
  addKubeconfig(cluster);
  addRepair(cluster);
  addEncrypt(cluster);
  return cluster;
}

function addCreate(cluster: Command): void {
  cluster
    .command('create')
    .argument('<name>', 'lowercase letters, digits and hyphens, at most 30')
    .description('create a cluster and wait until its nodes are ready')
    .option('--nodes <count>', 'number of nodes', parseCount, 3)
    .option('--driver <driver>', 'docker: real nodes in containers; hollow: simulated nodes', 'docker')
    .option('--hollow-nodes <count>', 'simulated nodes beside the real ones', parseCount)
    .option('--cpus <cores>', 'cores each node may use')
    .option('--memory <size>', 'memory each node may use, e.g. 2Gi', parseBytes)
    .option('--wait <duration>', 'how long to wait for it', parseDurationMs, 600_000)
    .action(async (name: string, flags: CreateFlags, command: Command) => {
      const context = contextOf(command);
      await withApp(context, async (app) => {
        await runOperation(app, app.call('cluster.create', createParams(name, flags)), {
          format: context.format,
          timeoutMs: flags.wait,
        });
        const created = (await app.call('cluster.list', {})).find((summary) => summary.name === name);
        printTable(context.format, created, [
          [`Cluster ${name} is ready. Try: slipway cluster kubeconfig ${name} --merge && kubectl get nodes`],
        ]);
      });
    });
}

function addList(cluster: Command): void {
  cluster
    .command('list')
    .alias('ls')
    .description('list clusters')
    .action(async (_flags: object, command: Command) => {
      const context = contextOf(command);
      const clusters = await withApp(context, (app) => app.call('cluster.list', {}));
      printTable(context.format, clusters, [
        ['NAME', 'STATE', 'DRIVER', 'NODES', 'SERVER'],
        ...clusters.map(row),
      ]);
    });
}

function addStartAndStop(cluster: Command): void {
  for (const [verb, about] of [
    ['start', 'start a stopped cluster; the same pods come back'],
    ['stop', 'stop a cluster; its state is kept'],
  ] as const) {
    cluster
      .command(verb)
      .argument('<name>')
      .description(about)
      .action(async (name: string, _flags: object, command: Command) => {
        const context = contextOf(command);
        await withApp(context, (app) => runOperation(app, app.call(`cluster.${verb}`, { name }), context));
        printTable(context.format, { name }, []);
      });
  }
}

function addDelete(cluster: Command): void {
  cluster
    .command('delete')
    .argument('<name>')
    .option('-y, --yes', 'do not ask')
    .description(
      'delete a cluster with everything in it. On a terminal it asks first, unless --yes is given or CI is "true"; scripts and pipes are not asked',
    )
    .action(async (name: string, flags: { yes?: boolean }, command: Command) => {
      const context = contextOf(command);
      await withApp(context, async (app) => {
        if (!flags.yes) {
          const summary = (await app.call('cluster.list', {})).find((other) => other.name === name);
          if (summary) await confirm(deletionOf(summary), context.format);
        }
        const kubeconfig = await app.call('cluster.kubeconfig', { name }).catch(() => undefined); // it never ran
        await runOperation(app, app.call('cluster.delete', { name }), context);
        // Here as well, for the app may have been started with another $KUBECONFIG.
        const file = kubeconfig && (await unmergeKubeconfig(kubeconfig.yaml));
        printTable(
          context.format,
          { name },
          file ? [[`The context slipway-${name} is out of ${file}.`]] : [],
        );
      });
    });
}

function addKubeconfig(cluster: Command): void {
  cluster
    .command('kubeconfig')
    .argument('<name>')
    .option('--merge', 'merge it into your kubeconfig instead of printing it')
    .description('print the kubeconfig of a cluster')
    .action(async (name: string, flags: { merge?: boolean }, command: Command) => {
      const context = contextOf(command);
      await withApp(context, async (app) => {
        const { yaml } = await app.call('cluster.kubeconfig', { name });
        if (flags.merge) {
          // Here, not in the app, which may have been started with another $KUBECONFIG.
          const { file, backup } = await mergeKubeconfig(yaml);
          printTable(context.format, { file, backup }, [
            [
              `Context slipway-${name} is now the current one in ${file}${backup ? ` (former file: ${backup})` : ''}.`,
            ],
          ]);
        } else {
          process.stdout.write(context.format === 'json' ? `${JSON.stringify({ yaml })}\n` : yaml);
        }
      });
    });
}

function addRepair(cluster: Command): void {
  cluster
    .command('repair')
    .argument('<name>')
    .description('cut a damaged state file off before the damage; the damaged files are kept')
    .action(async (name: string, _flags: object, command: Command) => {
      const context = contextOf(command);
      const report = await repairCluster(context.dataDir, name);
      printTable(context.format, report, [[report.message]]);
    });
}

function addEncrypt(cluster: Command): void {
  cluster
    .command('encrypt')
    .argument('<name>')
    .option('--rotate', 'use a new key; what is stored is written anew with it')
    .option('--off', 'store Secrets as plain text again')
    .description('encrypt Secrets where they are stored (AES-GCM), from the next start of the cluster on')
    .action(async (name: string, flags: { rotate?: boolean; off?: boolean }, command: Command) => {
      const context = contextOf(command);
      const change = flags.off ? 'off' : flags.rotate ? 'rotate' : 'on';
      const report = await changeEncryption(context.dataDir, name, change);
      printTable(context.format, report, [[report.message]]);
    });
}

function deletionOf({ name, nodes, hollowNodes }: ClusterSummary): string {
  const count = nodes + hollowNodes;
  return `Delete cluster ${name} with its ${count} ${count === 1 ? 'node' : 'nodes'} and everything in it?`;
}

function createParams(name: string, flags: CreateFlags): CreateCluster {
  const size = {
    ...(flags.cpus !== undefined && { cpus: Number(flags.cpus) }),
    ...(flags.memory !== undefined && { memoryBytes: flags.memory }),
  };
  if (flags.driver !== 'docker' && flags.driver !== 'hollow') {
    throw new AppError({
      code: 'InvalidArgument',
      message: `There is no driver "${flags.driver}".`,
      remedy: 'Use docker or hollow.',
    });
  }
  const driver: NodeDriver = flags.driver;
  return {
    name,
    driver,
    nodes: flags.nodes,
    ...(flags.hollowNodes !== undefined && { hollowNodes: flags.hollowNodes }),
    size,
  };
}

function row(cluster: ClusterSummary): string[] {
  const nodes =
    cluster.hollowNodes > 0 ? `${cluster.nodes}+${cluster.hollowNodes} hollow` : String(cluster.nodes);
  return [
    cluster.name,
    cluster.error ? `${cluster.state}: ${cluster.error.message}` : cluster.state,
    cluster.driver,
    nodes,
    cluster.server ?? '-',
  ];
}

import { AppError } from '@shared/lib/app-error.ts';
import {
  type ClusterConfig,
  type DockerNodeConfig,
  hollowNodeName,
  hollowNumbers,
} from '@shared/rpc/cluster-config.ts';
import type { NodeDriver } from '@shared/rpc/contract.ts';
import { Command } from 'commander';
import { readClusterConfig } from '../host/cluster-files.ts';
import { paths } from '../host/data-dir.ts';
import { parseClusterName } from '../host/parse-params.ts';
import { contextOf, runOperation, withApp } from './context.ts';
import { parseBytes, parseCount, printTable } from './output.ts';

/** `slipway node …` */
export function nodeCommand(): Command {
  const node = new Command('node').description('add and remove nodes of a running cluster');

  node
    .command('add')
    .requiredOption('--cluster <name>', 'the cluster')
    .option('--count <count>', 'how many', parseCount, 1)
    .option('--driver <driver>', 'docker or hollow', 'docker')
    .option('--cpus <cores>', 'cores each may use')
    .option('--memory <size>', 'memory each may use, e.g. 2Gi', parseBytes)
    .description('add nodes')
    .action(
      async (
        flags: { cluster: string; count: number; driver: string; cpus?: string; memory?: number },
        command: Command,
      ) => {
        const context = contextOf(command);
        const size = {
          ...(flags.cpus !== undefined && { cpus: Number(flags.cpus) }),
          ...(flags.memory !== undefined && { memoryBytes: flags.memory }),
        };
        const driver = parseDriver(flags.driver);
        await withApp(context, (app) =>
          runOperation(
            app,
            app.call('node.add', { cluster: flags.cluster, driver, count: flags.count, size }),
            context,
          ),
        );
      },
    );

  node
    .command('remove')
    .argument('<node>')
    .requiredOption('--cluster <name>', 'the cluster')
    .description(
      'remove a node, real or simulated. Its pods are evicted first, within their grace: controllers make them anew on other nodes, pods without a controller are gone',
    )
    .action(async (name: string, flags: { cluster: string }, command: Command) => {
      const context = contextOf(command);
      await withApp(context, (app) =>
        runOperation(app, app.call('node.remove', { cluster: flags.cluster, node: name }), context),
      );
    });

  node
    .command('list')
    .requiredOption('--cluster <name>', 'the cluster')
    .description('list the nodes of a cluster')
    .action((flags: { cluster: string }, command: Command) => {
      const context = contextOf(command);
      const config = readClusterConfig(paths.cluster(context.dataDir, parseClusterName(flags.cluster)));
      const nodes = nodesOf(config);
      printTable(context.format, nodes, [
        ['NAME', 'DRIVER', 'CONTAINER', 'IP', 'PODS'],
        ...nodes.map((entry) => [
          entry.name,
          entry.driver,
          entry.container ?? '-',
          entry.ip ?? '-',
          entry.podCidr ?? '-',
        ]),
      ]);
    });

  return node;
}

type ListedNode = { name: string; driver: NodeDriver } & Partial<DockerNodeConfig>;

function nodesOf(config: ClusterConfig): readonly ListedNode[] {
  const real = config.nodes.map((node): ListedNode => ({ ...node, driver: 'docker' }));
  const simulated = hollowNumbers(config).map(
    (number): ListedNode => ({ name: hollowNodeName(config.name, number), driver: 'hollow' }),
  );
  return [...real, ...simulated];
}

function parseDriver(text: string): NodeDriver {
  if (text === 'docker' || text === 'hollow') return text;
  throw new AppError({
    code: 'InvalidArgument',
    message: `There is no driver "${text}".`,
    remedy: 'Use docker or hollow.',
  });
}

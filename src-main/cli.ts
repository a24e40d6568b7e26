#!/usr/bin/env node
import { slipwayVersion } from '@shared/lib/version.ts';
import { Command, CommanderError } from 'commander';
import { clusterCommand } from './cli/cluster.ts';
import { imageCommand } from './cli/image.ts';
import { nodeCommand } from './cli/node.ts';
import { type OutputFormat, printError } from './cli/output.ts';
import { serveCommand } from './cli/serve.ts';

/** The `slipway` command: talks to the running app, or starts one in the background. */
function createProgram(): Command {
  const program = new Command('slipway')
    .description('Real multi-node Kubernetes clusters on one machine')
    .version(slipwayVersion)
    .option(
      '--data-dir <folder>',
      'where clusters and settings live (default: $SLIPWAY_DATA_DIR, else the platform’s data folder)',
    )
    .option('-o, --output <format>', 'text or json', 'text')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  for (const command of [serveCommand(), clusterCommand(), nodeCommand(), imageCommand()])
    program.addCommand(command);
  inheritSettings(program);
  return program;
}

/** Global flags may stand before or after the subcommand, as with kubectl. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command).exitOverride();
    child
      .option('--data-dir <folder>', 'where clusters and settings live')
      .option('-o, --output <format>', 'text or json');
    inheritSettings(child);
  }
}

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else printError(error, wantsJson(process.argv) ? 'json' : 'text');
}

function wantsJson(argv: readonly string[]): boolean {
  const format: OutputFormat = 'json';
  return argv.some(
    (argument, index) =>
      argument === `--output=${format}` ||
      ((argument === '--output' || argument === '-o') && argv[index + 1] === format),
  );
}

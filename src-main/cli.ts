#!/usr/bin/env node
import { AppError } from '@shared/lib/app-error.ts';
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
    .configureOutput({ outputError: () => undefined }) // printed below, in the form of all errors
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
  if (error instanceof CommanderError && isHelp(error)) process.exitCode = error.exitCode;
  else printError(asUsageError(error), wantsJson(process.argv) ? 'json' : 'text');
}

/** Help and version were asked for, or stand in for a missing subcommand: they are printed already. */
function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.help' || code === 'commander.helpDisplayed' || code === 'commander.version';
}

/** A wrong flag or argument as one sentence like every other error. */
function asUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  const [sentence = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const text = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`.replace(/[.]?$/, '.');
  return new AppError({
    code: 'InvalidArgument',
    message: text,
    remedy: `${hint.replace(/^\((.*)\)$/, '$1 ')}See "${commandIn(process.argv)} --help".`,
  });
}

/** The words that name a command, e.g. `slipway cluster create`. */
function commandIn(argv: readonly string[]): string {
  const words = ['slipway'];
  let at: Command | undefined = program;
  for (const argument of argv.slice(2)) {
    at = at?.commands.find((command) => command.name() === argument || command.aliases().includes(argument));
    if (!at) break;
    words.push(at.name());
  }
  return words.join(' ');
}

function wantsJson(argv: readonly string[]): boolean {
  const format: OutputFormat = 'json';
  return argv.some(
    (argument, index) =>
      argument === `--output=${format}` ||
      argument === `-o${format}` ||
      ((argument === '--output' || argument === '-o') && argv[index + 1] === format),
  );
}

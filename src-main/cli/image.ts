import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { contextOf, runOperation, withApp } from './context.ts';

/** `slipway image …` */
export function imageCommand(): Command {
  const image = new Command('image').description('bring images to the nodes');
  image
    .command('load')
    .argument('<image...>', 'names of images in the local Docker engine, or tar files')
    .requiredOption('--cluster <name>', 'the cluster')
    .description('load images from the local Docker engine or from tar files into every node')
    .action(async (images: string[], flags: { cluster: string }, command: Command) => {
      const context = contextOf(command);
      const named = images.map((name) => (isPath(name) ? resolve(name) : name));
      await withApp(context, (app) =>
        runOperation(app, app.call('image.load', { cluster: flags.cluster, images: named }), context),
      );
    });
  return image;
}

/** A file that is there, or what cannot be meant as the name of an image. A folder may be named like an image. */
function isPath(name: string): boolean {
  return (
    /^[./]|\.(tar|tgz|gz)$|\/$/.test(name) || statSync(name, { throwIfNoEntry: false })?.isFile() === true
  );
}

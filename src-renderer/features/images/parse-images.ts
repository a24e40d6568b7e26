/** Image names and paths as typed: one per line, blank lines and repetitions left out. */
export function parseImages(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

/** What is wrong with one of them; undefined when it can be tried. */
export function imageProblem(image: string): string | undefined {
  if (isPath(image)) return undefined;
  if (/^[~.]|^[^/]*\\/.test(image)) return `Give the whole path of ${image}, from the root on.`;
  if (/\s/.test(image)) return `“${image}” has a space in it. One image per line.`;
  if (/\.tar(\.gz)?$/.test(image)) return `Give the whole path of ${image}, from the root on.`;
  const repository = image.replace(/(:[^/:@]*)?(@[^/@]*)?$/, '');
  if (/[A-Z]/.test(repository.split('/').slice(1).join('/')) || /^[^/]*[A-Z][^/]*$/.test(repository))
    return `Names of images are lower case: ${image.replace(repository, repository.toLowerCase())}`;
  return undefined;
}

function isPath(image: string): boolean {
  return image.startsWith('/') || /^[A-Za-z]:[\\/]/.test(image);
}

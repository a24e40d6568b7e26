import { createContext, useContext } from 'react';

/** Dialogs about clusters as such, opened from any page, menu or the palette. */
export interface Dialogs {
  addNodes(cluster: string): void;
  removeNode(cluster: string, node: string): void;
  /** `images`: what the form begins with. */
  loadImages(cluster: string, images?: readonly string[]): void;
  settings(): void;
}

const DialogsContext = createContext<Dialogs | null>(null);

export const DialogsProvider = DialogsContext.Provider;

export function useDialogs(): Dialogs {
  const dialogs = useContext(DialogsContext);
  if (dialogs === null) throw new Error('useDialogs outside DialogsProvider');
  return dialogs;
}

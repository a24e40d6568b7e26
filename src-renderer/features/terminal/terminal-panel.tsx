import type { PanelProps } from '../../resource/detail-page.tsx';
export function TerminalPanel(_props: PanelProps) { return null; }

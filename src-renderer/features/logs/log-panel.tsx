import type { PanelProps } from '../../resource/detail-page.tsx';
export function LogPanel(_props: PanelProps) { return null; }

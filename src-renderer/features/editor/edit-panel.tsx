import type { PanelProps } from '../../resource/detail-page.tsx';
export function EditPanel(_props: PanelProps) { return null; }

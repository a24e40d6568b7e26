import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'var(--bg)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': {
    backgroundColor: 'var(--bg)',
    color: 'var(--text-3)',
    border: 'none',
    paddingRight: '4px',
  },
  '.cm-activeLine': { backgroundColor: 'var(--bg-hover)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--bg-selected) !important',
  },
  '.cm-tooltip': {
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
    backgroundColor: 'var(--bg-overlay)',
    color: 'var(--text)',
    boxShadow: 'var(--shadow-2)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: '12px',
    maxHeight: '260px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-solid)',
    color: 'var(--on-accent)',
  },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '0.65', marginLeft: '10px' },
  '.cm-completionInfo': {
    maxWidth: '340px',
    overflowWrap: 'anywhere',
    padding: '8px 10px',
    fontFamily: 'var(--font)',
    fontSize: '12px',
    lineHeight: '1.45',
  },
  '.cm-tooltip-hover .docs, .cm-tooltip .docs': {
    maxWidth: '420px',
    padding: '8px 11px',
    fontSize: '12px',
    lineHeight: '1.45',
  },
  '.docs b': { fontFamily: 'var(--mono)', fontWeight: '600' },
  '.docs .type': { color: 'var(--text-3)', marginLeft: '8px' },
  '.cm-diagnostic': {
    padding: '5px 9px',
    borderLeft: '3px solid var(--error)',
    fontSize: '12px',
    fontFamily: 'var(--font)',
  },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--error)',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warn)',
    textUnderlineOffset: '3px',
  },
  '.cm-panels': { backgroundColor: 'var(--bg-raised)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-panel input, .cm-panel button': { font: 'inherit', fontSize: '12px' },
  '.cm-panel.cm-search': { padding: '6px 8px' },
  '.cm-panel .cm-textfield, .cm-panel .cm-button': {
    height: '26px',
    padding: '0 8px',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--r1)',
    backgroundImage: 'none',
    backgroundColor: 'var(--bg-inset)',
    color: 'var(--text)',
  },
  '.cm-panel .cm-button': { backgroundColor: 'var(--bg-hover)' },
  '.cm-panel .cm-button:active': { backgroundImage: 'none', backgroundColor: 'var(--bg-active)' },
  '.cm-panel.cm-search label': { color: 'var(--text-2)' },
  '.cm-panel.cm-search [name=close]': { color: 'var(--text-2)', fontSize: '16px', padding: '0 6px' },
  '.cm-searchMatch': { backgroundColor: 'var(--mark)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--mark-current)' },
  '.cm-foldPlaceholder': {
    background: 'var(--bg-active)',
    border: 'none',
    color: 'var(--text-2)',
    padding: '0 6px',
  },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--error-bg)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--ok-bg)' },
  '&.cm-merge-a .cm-changedText': { background: 'color-mix(in srgb, var(--error) 32%, transparent)' },
  '&.cm-merge-b .cm-changedText': { background: 'color-mix(in srgb, var(--ok) 32%, transparent)' },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"⋯"', margin: '0 6px' },
  '.cm-collapsedLines': { background: 'var(--bg-raised)', color: 'var(--text-3)', padding: '3px 12px' },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.documentMeta, tags.labelName, tags.typeName], color: 'var(--text-3)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--text-3)' },
]);

/** The window's look for all editors; colours follow the theme by themselves. */
export const editorTheme: Extension = [look, syntaxHighlighting(colours)];

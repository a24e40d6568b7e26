import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef } from 'react';

export interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons, the main one last. */
  readonly footer: ReactNode;
  readonly wide?: boolean;
  readonly onClose: () => void;
}

/** A modal dialog; mounted means open. Focus is trapped and returns where it was. */
export function Dialog({ title, description, children, footer, wide, onClose }: DialogProps) {
  const before = useRef(document.activeElement);
  /** Where one was before may be gone, or have been nowhere: then the page itself. */
  const returnFocus = (event: Event) => {
    event.preventDefault();
    const { current } = before;
    const there = current instanceof HTMLElement && current !== document.body && current.isConnected;
    (there ? current : document.getElementById('main'))?.focus();
  };
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="scrim" />
        <Radix.Content
          className={wide ? 'dialog wide' : 'dialog'}
          onCloseAutoFocus={returnFocus}
          {...(description === undefined && { 'aria-describedby': undefined })}
        >
          <header>
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
            {description !== undefined && (
              <Radix.Description asChild>
                <p>{description}</p>
              </Radix.Description>
            )}
          </header>
          {children !== undefined && <div className="body">{children}</div>}
          <footer>{footer}</footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { navigate } from './location.ts';

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string;
  children: ReactNode;
}

/** Other buttons and keys open new tabs and windows: those stay the browser's. */
const isPlain = (event: MouseEvent): boolean => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

export const Link = ({ to, children, ...attributes }: LinkProps) => (
  <a
    {...attributes}
    href={to}
    onClick={(event) => {
      if (!isPlain(event) || event.defaultPrevented) return;
      event.preventDefault();
      navigate(to);
    }}
  >
    {children}
  </a>
);

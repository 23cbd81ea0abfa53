import { type ReactNode, useEffect } from 'react';
import { hasMoved } from '../navigation/location.ts';
import { sayQuietly } from './announcements.tsx';

/** Names the page; after a move inside the shop it is also said, as a browser does for a new page. */
export const usePageTitle = (title: string | undefined): void => {
  useEffect(() => {
    if (title === undefined) return;
    document.title = `${title} · Storefront`;
    if (hasMoved()) sayQuietly(title);
  }, [title]);
};

/** The heading of a screen, and the page's title. While the title is unknown, its place is kept. */
export const PageTitle = ({ title, children }: { title: string | undefined; children?: ReactNode }) => {
  usePageTitle(title);
  return (
    <div className="page-title">
      <h1>{title ?? <span className="placeholder wide">Loading …</span>}</h1>
      {children}
    </div>
  );
};

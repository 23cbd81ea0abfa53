import { Link } from '../navigation/link.tsx';
import { PageTitle } from '../parts/page-title.tsx';

export const NotFound = ({ what = 'There is no such page.' }: { what?: string }) => (
  <>
    <PageTitle title="Not found" />
    <p className="notice">
      {what} <Link to="/">Go to the catalogue</Link>
    </p>
  </>
);

import type { MissingPart } from '../views/view-types.ts';

/** What a screen lacks, in words; what is empty needs none. */
const WORDS: Record<MissingPart, string> = {
  unitsSold: '',
  customer: '',
  profile: '',
  products: 'The names of the products cannot be shown at the moment.',
};

/** The rest of the screen is there: this says what is not. */
export const MissingNotice = ({ missing }: { missing: readonly MissingPart[] }) => {
  const words = [...new Set(missing)].map((part) => WORDS[part]).filter((text) => text !== '');
  return words.length === 0 ? null : (
    <p className="notice" role="status">
      {words.join(' ')}
    </p>
  );
};

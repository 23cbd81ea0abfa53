/** Loads the next page of a list; what was shown before stays where it is. */
export const MoreButton = ({ more, loading, what }: { more: (() => void) | undefined; loading: boolean; what: string }) =>
  more === undefined && !loading ? null : (
    <p className="more">
      <button type="button" onClick={more} aria-disabled={loading}>
        {loading ? 'Loading …' : `More ${what}`}
      </button>
    </p>
  );

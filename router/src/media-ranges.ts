/** One of the media types that a client takes. */
export interface MediaRange {
  /** In small letters. */
  type: string;
  quality: number;
  /** All but `q`, names and values in small letters and without quotes. */
  parameters: ReadonlyMap<string, string>;
}

const parameterOf = (text: string): readonly [string, string] => {
  const [name = '', value = ''] = text.split('=');
  return [name.trim(), value.trim().replaceAll('"', '')];
};

/** What an `Accept` header names, in its order (RFC 9110, section 12.5.1). */
export const mediaRanges = (accept: string): MediaRange[] =>
  accept.split(',').map((item) => {
    const [type = '', ...rest] = item.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map(rest.map(parameterOf));
    const quality = parameters.get('q');
    parameters.delete('q');
    return { type, quality: quality === undefined ? 1 : Number(quality), parameters };
  });

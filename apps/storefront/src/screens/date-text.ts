const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** An RFC 3339 time as people here write it, in the time zone of the browser. */
export const dateText = (time: string): string => format.format(new Date(time));

import type { GraphQLError } from 'graphql';
import type { Path } from '../places.ts';

/** Each error with the object that it is about; one that is about none of them, with the first. @param places objects of one part. */
export const errorsByPlace = <Place extends { path: Path }>(
  errors: readonly GraphQLError[],
  places: readonly Place[],
): Map<Place, GraphQLError[]> => {
  const byPlace = new Map<Place, GraphQLError[]>();
  const [first] = places;
  if (first === undefined || errors.length === 0) return byPlace;
  const byPath = new Map(places.map((place) => [JSON.stringify(place.path), place]));
  // A part stands once in the document, so that the ways to its objects are all of one length.
  const depth = first.path.length;
  for (const error of errors) {
    const place = byPath.get(JSON.stringify(error.path?.slice(0, depth) ?? [])) ?? first;
    const told = byPlace.get(place);
    if (told === undefined) byPlace.set(place, [error]);
    else told.push(error);
  }
  return byPlace;
};

/** A part of a message that is always there; without it the subgraph is at fault, and the client is told no more than that. */
export const present = <Part>(part: Part | null | undefined, what: string): Part => {
  if (part === null || part === undefined) throw new Error(`a subgraph answered without its ${what}`);
  return part;
};

/** What a file may hold; far above any model that is served, far below what would exhaust the reader. */
export const READER_LIMITS = {
  nameBytes: 4096,
  metadataBytes: 1 << 20,
  metadataEntries: 1000,
  rank: 64,
  /** Graphs within graphs and types within types. */
  depth: 16,
  /** Nodes, tensors, attributes, value infos and names of the whole file together. */
  objects: 2_000_000,
} as const;

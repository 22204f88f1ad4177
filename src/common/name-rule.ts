/** Ids of models and names of preprocessors: they stand in paths and on the disk. */
export const NAME = /^(?!\.)[A-Za-z0-9._-]{1,128}$/;

/** What {@link NAME} asks, for the sentence of a refusal. */
export const NAME_RULE = '1 to 128 letters, digits, ".", "_" or "-", without a leading dot';

// Mutations of the text formats of boosters: JSON of XGBoost and the lines of LightGBM, by their tokens.

const TOKEN = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|[A-Za-z_][\w.:]*|\s+|[\s\S]/gi;
const MAX_TOKENS = 60_000;

export function tokensOf(bytes) {
  const text = bytes.toString('latin1');
  const tokens = text.match(TOKEN) ?? [];
  return tokens.length > MAX_TOKENS ? null : tokens;
}

/** One change of the tokens: numbers by numbers at which code breaks, words by words, pieces dropped and doubled. */
export function mutateTokens(source, random) {
  const tokens = [...source];
  const at = random.below(tokens.length);
  const size = 1 + random.below(random.chance(0.2) ? 60 : 4);
  const kind = random.below(8);
  if (kind === 0) tokens.splice(at, size);
  else if (kind === 1) tokens.splice(at, 0, ...tokens.slice(at, at + size));
  else if (kind === 2) {
    const to = random.below(tokens.length);
    [tokens[at], tokens[to]] = [tokens[to], tokens[at]];
  } else if (kind === 3)
    tokens[at] = random.pick(['[', ']', '{', '}', ',', ':', '"', '\n', ' ', '=', 'null', 'true', '"x"']);
  else replaceNear(tokens, at, random);
  return tokens;
}

function replaceNear(tokens, at, random) {
  const isNumber = random.chance(0.7);
  const wanted = isNumber ? /^-?\d/ : /^[A-Za-z_]/;
  for (let tried = 0; tried < tokens.length; tried++) {
    const place = (at + tried) % tokens.length;
    if (!wanted.test(tokens[place])) continue;
    if (isNumber) tokens[place] = String(random.chance(0.6) ? random.integer() : random.number());
    else {
      const words = tokens.filter((token) => /^[A-Za-z_]/.test(token));
      tokens[place] = random.pick(words);
    }
    return;
  }
}

import type { ValueId } from '../../graph/ir';
import { polynomial } from './elementary-functions';
import type { TranslationContext } from './translation';

/** Numerators and denominators of Cephes' `ndtri` (S. L. Moshier), highest power first. */
const CENTRE = {
  p: [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968, -1.2391658386738125],
  q: [
    1, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937, 200.26021238006066,
    -82.03722561683334, 15.90562251262117, -1.1833162112133,
  ],
};
const TAIL = {
  p: [
    4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008, 14.684956192885803,
    2.1866330685079025, -0.1402560791713545, -0.03504246268278482, -0.0008574567851546854,
  ],
  q: [
    1, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075, 2.504649462083094,
    -0.14218292285478779, -0.03808064076915783, -0.0009332594808954574,
  ],
};

/** Below this share the approximation of the tails is used, `exp(-2)`. */
const TAIL_SHARE = 0.1353352832366127;

/**
 * Quantile of the standard normal distribution, scipy.special.ndtri, for shares between 1e-14 and 1 - 1e-14.
 * Both approximations are computed for every row, the one that is not asked for at a share where it is defined.
 */
export function normalQuantile(share: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const one = graph.scalar(1);
  const upper = graph.compare('gt', share, graph.scalar(1 - TAIL_SHARE));
  const lower = graph.where(upper, graph.binary('sub', one, share), share);
  const central = graph.compare('gt', lower, graph.scalar(TAIL_SHARE));
  const tail = tailQuantile(graph.where(central, graph.scalar(TAIL_SHARE), lower), context);
  const signed = graph.where(upper, tail, graph.unary('neg', tail));
  return graph.where(central, centralQuantile(lower, context), signed);
}

function centralQuantile(share: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const y = graph.binary('sub', share, graph.scalar(0.5));
  const square = graph.binary('mul', y, y);
  const ratio = graph.binary('div', polynomial(square, CENTRE.p, context), polynomial(square, CENTRE.q, context));
  const x = graph.binary('add', y, graph.binary('mul', y, graph.binary('mul', square, ratio)));
  return graph.binary('mul', x, graph.scalar(Math.sqrt(2 * Math.PI)));
}

function tailQuantile(share: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const x = graph.unary('sqrt', graph.binary('mul', graph.scalar(-2), graph.unary('log', share)));
  const first = graph.binary('sub', x, graph.binary('div', graph.unary('log', x), x));
  const z = graph.binary('div', graph.scalar(1), x);
  const ratio = graph.binary('div', polynomial(z, TAIL.p, context), polynomial(z, TAIL.q, context));
  return graph.binary('sub', first, graph.binary('mul', z, ratio));
}

import type { ModelCard } from '../../core/trainer-contract.ts';
import { loadNetwork, type LoadOptions, type Network } from './network.ts';
import { loadSemanticNetwork, type SemanticNetwork } from './semantic-network.ts';

/** What `segment` can run. */
export type ServedNetwork = Network | SemanticNetwork;

/** Loads whatever kind of network a card tells of; see `loadNetwork` for what is checked. Throws InvalidInputError. */
export function loadModel(
  onnxBytes: Uint8Array,
  card: ModelCard,
  name: string,
  options: LoadOptions = {},
): Promise<ServedNetwork> {
  // A card without a network is refused by the loader, which parses it.
  const kind = (card as { network?: { kind?: unknown } }).network?.kind;
  return (kind === 'semantic' ? loadSemanticNetwork : loadNetwork)(onnxBytes, card, name, options);
}

export function isSemantic(network: ServedNetwork): network is SemanticNetwork {
  return network.spec.kind === 'semantic';
}

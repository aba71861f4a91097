import { readModelFolder } from '../../adapters/model-folder.ts';
import { loadModel } from '../../adapters/segmenter/load-model.ts';
import { segment } from '../../adapters/segmenter/segment.ts';
import { unseenPatients } from './phantoms.ts';

// A process of its own, so that its peak is that of one volume: segments a series of an unseen patient, prints kilobytes.
const [folder = 'models/phantom-demo'] = process.argv.slice(2);
const { onnx, card } = await readModelFolder(folder);
const network = await loadModel(onnx, card, folder);
const [patient] = unseenPatients('spider', 1);
await segment(patient!.at(-1)!.image, network);
await network.close();
console.log(process.resourceUsage().maxRSS);

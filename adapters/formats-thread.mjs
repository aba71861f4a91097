// The thread behind adapters/formats.ts and adapters/dicom-series.ts.
// {read: 'nifti' | 'nrrd', path} answers {output: image}; {read: 'dicom', paths} answers {output: slices}, each an image with the tags
// of its geometry and the names of all that hold something; {write: 'nifti' | 'nrrd', image, path} answers {output: null}.
import { gdcmReadImageNode, niftiReadImageNode, niftiWriteImageNode } from '@itk-wasm/image-io';
import { nrrdReadImageNode, nrrdWriteImageNode } from '@itk-wasm/image-io';
import { answerWith, plainImage } from './itk-answer.mjs';

const READERS = { nifti: niftiReadImageNode, nrrd: nrrdReadImageNode, dicom: gdcmReadImageNode };
const WRITERS = { nifti: niftiWriteImageNode, nrrd: nrrdWriteImageNode };
const GEOMETRY_TAGS = ['0020|000e', '0020|0032', '0020|0037', '0028|0030'];

answerWith(async (message) => {
  if (message.write) {
    const { couldWrite } = await WRITERS[message.write](message.image, message.path, {
      useCompression: message.compress,
    });
    if (!couldWrite) throw new Error('the writer gave up');
    return { output: null, transfer: [] };
  }
  if (message.read !== 'dicom') {
    const output = plainImage(await read(message.read, message.path));
    return { output, transfer: [output.data.buffer] };
  }
  const output = [];
  for (const [at, path] of message.paths.entries()) {
    const image = await read('dicom', path, ` file ${at + 1}`);
    const tags = new Map(image.metadata);
    output.push({
      image: plainImage(image),
      geometry: Object.fromEntries(
        GEOMETRY_TAGS.flatMap((tag) => (tags.has(tag) ? [[tag, String(tags.get(tag))]] : [])),
      ),
      filled: [...tags].filter(([, value]) => String(value).trim() !== '').map(([tag]) => tag),
    });
  }
  return { output, transfer: output.map(({ image }) => image.data.buffer) };
});

async function read(format, path, which = '') {
  const { couldRead, image } = await READERS[format](path).catch((error) => {
    // A message may quote the file's header: only a bare number, a C++ exception's, is known to be harmless.
    throw new Error(
      `the reader threw${typeof error === 'number' ? ' an exception' : ` ${error?.name ?? 'something'}`}${which}`,
    );
  });
  if (!couldRead || !image?.data) throw new Error(`the reader could not read${which || ' the file'}`);
  return image;
}

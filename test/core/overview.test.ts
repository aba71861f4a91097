import { describe, expect, it } from 'vitest';
import { hospitalOf, KEPT_COLUMNS, keptColumns, sexOf, SPIDER_COLUMNS } from '../../core/overview.ts';

describe('hospitalOf', () => {
  const PHILIPS = { Manufacturer: 'Philips Healthcare', BodyPartExamined: 'LSPINE', birth_date: '' };
  const MRI = { Manufacturer: 'SIEMENS', BodyPartExamined: 'MRI LWK', birth_date: '' };
  const OTHER = { Manufacturer: 'SIEMENS', BodyPartExamined: 'LSPINE', birth_date: '' };

  it('tells the four hospitals apart', () => {
    expect(hospitalOf([{ ...OTHER, birth_date: '59.0' }])).toBe('UMC');
    expect(hospitalOf([PHILIPS])).toBe('OH');
    expect(hospitalOf([MRI])).toBe('RH2');
    expect(hospitalOf([OTHER])).toBe('RH1');
    // Another company of the same group, and a body part that only contains the word.
    expect(hospitalOf([{ ...OTHER, Manufacturer: 'Philips Medical Systems' }])).toBe('RH1');
    expect(hospitalOf([{ ...OTHER, BodyPartExamined: 'LWK MRI' }])).toBe('RH1');
  });

  it('asks all rows of a study, the age first, then the manufacturer, then the body part', () => {
    expect(hospitalOf([OTHER, MRI])).toBe('RH2');
    expect(hospitalOf([MRI, PHILIPS])).toBe('OH');
    expect(hospitalOf([PHILIPS, { ...MRI, birth_date: '43.0' }])).toBe('UMC');
  });

  it('believes a hospital column with a value, and knows nothing without rows', () => {
    expect(
      hospitalOf([
        { ...PHILIPS, hospital: '' },
        { ...MRI, hospital: ' north ' },
      ]),
    ).toBe('north');
    expect(hospitalOf([{ ...PHILIPS, hospital: ' ' }])).toBe('OH');
    expect(hospitalOf([])).toBe('unknown');
  });
});

describe('sexOf', () => {
  it('reads past the blanks that SPIDER writes', () => {
    expect(['F ', 'M', ' O', 'f', '', 'female'].map((sex) => sexOf({ sex }))).toEqual([
      'F',
      'M',
      'O',
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(sexOf({})).toBe('unknown');
  });
});

describe('keptColumns', () => {
  it('keeps the settings of the scanner as written', () => {
    const row = { EchoTime: '13.837', PixelSpacing: '[.46875, .46875]', ScanningSequence: "['SE', 'IR']" };
    expect(keptColumns(row)).toEqual(row);
  });

  it('drops what is about a person, what leads to one scanner, and free text', () => {
    const row = { birth_date: '59.0', DeviceSerialNumber: '37743.0', SeriesDescription: 'SAG T2 TSE', SAR: '2.1' };
    expect(keptColumns(row)).toEqual({ SAR: '2.1' });
    expect(KEPT_COLUMNS).toHaveLength(SPIDER_COLUMNS.length - 8);
  });

  it('drops what the catalog says itself, and columns that it does not know', () => {
    const row = { new_file_name: '1_t1', num_vertebrae: '7', num_discs: '7', sex: 'F', subset: 'training' };
    expect(keptColumns({ ...row, hospital: 'OH', PatientName: 'Jane' })).toEqual({});
  });

  it('drops empty values, long ones and what is not plain ASCII', () => {
    expect(keptColumns({ SAR: '', EchoTime: '  ', FlipAngle: undefined })).toEqual({});
    expect(keptColumns({ SAR: 'x'.repeat(64), EchoTime: 'x'.repeat(65) })).toEqual({ SAR: 'x'.repeat(64) });
    expect(keptColumns({ SAR: '2.1\n', EchoTime: 'é' })).toEqual({});
  });
});

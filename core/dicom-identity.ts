/** DICOM attributes that say who, where or when (after PS3.15, table E.1-1): names for the record of what was dropped. */
const IDENTIFYING: Record<string, string> = {
  '0008|0012': 'InstanceCreationDate',
  '0008|0013': 'InstanceCreationTime',
  '0008|0014': 'InstanceCreatorUID',
  '0008|0018': 'SOPInstanceUID',
  '0008|0020': 'StudyDate',
  '0008|0021': 'SeriesDate',
  '0008|0022': 'AcquisitionDate',
  '0008|0023': 'ContentDate',
  '0008|002a': 'AcquisitionDateTime',
  '0008|0030': 'StudyTime',
  '0008|0031': 'SeriesTime',
  '0008|0032': 'AcquisitionTime',
  '0008|0033': 'ContentTime',
  '0008|0050': 'AccessionNumber',
  '0008|0080': 'InstitutionName',
  '0008|0081': 'InstitutionAddress',
  '0008|0090': 'ReferringPhysicianName',
  '0008|0092': 'ReferringPhysicianAddress',
  '0008|0094': 'ReferringPhysicianTelephoneNumbers',
  '0008|1010': 'StationName',
  '0008|1030': 'StudyDescription',
  '0008|103e': 'SeriesDescription',
  '0008|1040': 'InstitutionalDepartmentName',
  '0008|1048': 'PhysiciansOfRecord',
  '0008|1050': 'PerformingPhysicianName',
  '0008|1060': 'NameOfPhysiciansReadingStudy',
  '0008|1070': 'OperatorsName',
  '0008|1080': 'AdmittingDiagnosesDescription',
  '0010|0010': 'PatientName',
  '0010|0020': 'PatientID',
  '0010|0021': 'IssuerOfPatientID',
  '0010|0030': 'PatientBirthDate',
  '0010|0032': 'PatientBirthTime',
  '0010|0040': 'PatientSex',
  '0010|1000': 'OtherPatientIDs',
  '0010|1001': 'OtherPatientNames',
  '0010|1005': 'PatientBirthName',
  '0010|1010': 'PatientAge',
  '0010|1020': 'PatientSize',
  '0010|1030': 'PatientWeight',
  '0010|1040': 'PatientAddress',
  '0010|1060': 'PatientMotherBirthName',
  '0010|2154': 'PatientTelephoneNumbers',
  '0010|2160': 'EthnicGroup',
  '0010|2180': 'Occupation',
  '0010|21b0': 'AdditionalPatientHistory',
  '0010|4000': 'PatientComments',
  '0018|1000': 'DeviceSerialNumber',
  '0018|1030': 'ProtocolName',
  '0020|000d': 'StudyInstanceUID',
  '0020|000e': 'SeriesInstanceUID',
  '0020|0010': 'StudyID',
  '0020|0052': 'FrameOfReferenceUID',
  '0020|4000': 'ImageComments',
  '0032|1032': 'RequestingPhysician',
  '0032|1060': 'RequestedProcedureDescription',
  '0040|0244': 'PerformedProcedureStepStartDate',
  '0040|0245': 'PerformedProcedureStepStartTime',
  '0040|0253': 'PerformedProcedureStepID',
  '0040|0254': 'PerformedProcedureStepDescription',
};

/**
 * Names the identifying attributes among DICOM tags (`gggg|eeee`), as `PatientName (0010,0010)`, ascending by tag. Private tags
 * (an odd group) may hold anything and are named by their number. Only tags come in: values are never seen here.
 */
export function identifyingTags(tags: Iterable<string>): string[] {
  return [...new Set([...tags].map((tag) => tag.toLowerCase()))].sort().flatMap((tag) => {
    if (!/^[0-9a-f]{4}\|[0-9a-f]{4}$/.test(tag)) return [];
    const isPrivate = Number.parseInt(tag.slice(3, 4), 16) % 2 === 1;
    const name = IDENTIFYING[tag] ?? (isPrivate ? 'private' : undefined);
    return name === undefined ? [] : [`${name} (${tag.replace('|', ',')})`];
  });
}

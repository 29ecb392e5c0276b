/** The predefined CMaps (ISO 32000-1, table 118) but the two of Identity, by the characters they number. */
const NAMES: Readonly<Record<string, string>> = {
  'Adobe-GB1': 'GB-EUC GBpc-EUC GBK-EUC GBKp-EUC GBK2K UniGB-UCS2 UniGB-UTF16',
  'Adobe-CNS1': 'B5pc HKscs-B5 ETen-B5 ETenms-B5 CNS-EUC UniCNS-UCS2 UniCNS-UTF16',
  'Adobe-Japan1': '83pv-RKSJ 90ms-RKSJ 90msp-RKSJ 90pv-RKSJ Add-RKSJ EUC Ext-RKSJ UniJIS-UCS2 UniJIS-UCS2-HW UniJIS-UTF16',
  'Adobe-Korea1': 'KSC-EUC KSCms-UHC KSCms-UHC-HW KSCpc-EUC UniKS-UCS2 UniKS-UTF16',
};

/** Collection by the name of a predefined CMap, written across or down. The two called `H` and `V` are for JIS. */
export const PREDEFINED_CMAPS: ReadonlyMap<string, string> = new Map([
  ['H', 'Adobe-Japan1'],
  ['V', 'Adobe-Japan1'],
  ...Object.entries(NAMES).flatMap(([collection, names]) =>
    names.split(' ').flatMap((name) => ['H', 'V'].map((way): [string, string] => [`${name}-${way}`, collection])),
  ),
]);

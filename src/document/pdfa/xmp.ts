import { escapeXml } from '../exporters/xml.js';

/** What the information dictionary says, as text; dates in ISO 8601. */
export interface DocumentInformation {
  title?: string;
  author?: string;
  subject?: string;
  keywords?: string;
  creator?: string;
  producer?: string;
  created?: string;
  modified?: string;
}

/** The document's XMP packet (ISO 16684-1): PDF/A-2b, and what the information dictionary says, the same (ISO 19005-2 §6.6.2). */
export function xmpPacket(info: DocumentInformation): Buffer {
  const { title, author, subject, keywords, creator, producer, created, modified } = info;
  const language = (name: string, text?: string) =>
    text === undefined
      ? ''
      : `<dc:${name}><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(text)}</rdf:li></rdf:Alt></dc:${name}>`;
  const simple = (name: string, text?: string) => (text === undefined ? '' : `<${name}>${escapeXml(text)}</${name}>`);
  const properties = [
    '<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>',
    '<dc:format>application/pdf</dc:format>',
    language('title', title),
    language('description', subject),
    author === undefined ? '' : `<dc:creator><rdf:Seq><rdf:li>${escapeXml(author)}</rdf:li></rdf:Seq></dc:creator>`,
    simple('pdf:Keywords', keywords),
    simple('pdf:Producer', producer),
    simple('xmp:CreatorTool', creator),
    simple('xmp:CreateDate', created),
    simple('xmp:ModifyDate', modified),
  ].filter((property) => property !== '');
  return Buffer.from(`<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
${properties.join('\n')}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>`);
}

"""What a PDF says of itself: title and dates for readers, and that it is PDF/A-2a and PDF/UA-1."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from csrbook.render.direct_pdf.colour_profile import srgb_profile
from csrbook.render.direct_pdf.objects import text_string

if TYPE_CHECKING:
    from csrbook.render.direct_pdf.writer import PdfWriter

__all__ = ["PRODUCER", "add_information", "add_metadata", "add_output_intent"]

PRODUCER: Final = "csrbook"

# PDF/A knows PDF/UA's property only by this description (ISO 19005-2, 6.6.2.3.3).
_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the document conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def add_information(pdf: PdfWriter, *, title: str, author: str, timestamp: int) -> int:
    """The information dictionary; dates in seconds since 1970."""
    date = datetime.fromtimestamp(timestamp, UTC).strftime("D:%Y%m%d%H%M%SZ").encode()
    return pdf.add(
        b"<</Title %b/Author %b/Producer(%b)/CreationDate(%b)/ModDate(%b)>>"
        % (text_string(title), text_string(author), PRODUCER.encode(), date, date)
    )


def add_metadata(pdf: PdfWriter, *, title: str, author: str, language: str, timestamp: int) -> int:
    """The same as XMP, with the standards that the file conforms to."""
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    content = _XMP.format(
        title=escape(title), author=escape(author), language=language, date=date, producer=PRODUCER
    ).encode()
    return pdf.add_stream(content, b"/Type/Metadata/Subtype/XML", compressed=False)


def add_output_intent(pdf: PdfWriter) -> int:
    """The colour space that the file's colours are meant for."""
    profile = pdf.add_stream(srgb_profile(), b"/N 3")
    return pdf.add(
        b"<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)"
        b"/DestOutputProfile %d 0 R>>" % profile
    )

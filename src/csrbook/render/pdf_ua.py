"""The claim to be PDF/UA-1, which a file may lack that is made by its rules.

The Typst of Quarto 1.9 takes one standard at a time, so it is asked for PDF/A-2a. What PDF/UA-1 wants besides (title
shown, headings without gaps, texts for figures, described links) the templates give in any case; the embedded engine's
compiler is asked for both and refuses what breaks a rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.errors import RenderError

if TYPE_CHECKING:
    import pikepdf

__all__ = ["claim_pdf_ua"]

_CLAIM: Final = b"<pdfuaid:part>1</pdfuaid:part>"
_NAMESPACE: Final = b'  xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
# PDF/A knows the property of PDF/UA only by this description (ISO 19005-2, 6.6.2.3.3).
_SCHEMA: Final = (
    b'<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Identification schema</pdfaSchema:schema>'
    b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    b"<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
    b'<rdf:li rdf:parseType="Resource"><pdfaProperty:category>internal</pdfaProperty:category>'
    b"<pdfaProperty:description>Part Number of ISO 14289 (PDF/UA)</pdfaProperty:description>"
    b"<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType></rdf:li>"
    b"</rdf:Seq></pdfaSchema:property></rdf:li>"
)
# Before or after what of Typst's metadata each part stands.
_PLACES: Final = (
    (b"  xmlns:pdfaExtension=", _NAMESPACE + b"  xmlns:pdfaExtension="),
    (b"</rdf:Bag></pdfaExtension:schemas>", _SCHEMA + b"</rdf:Bag></pdfaExtension:schemas>"),
    (b"</pdfaid:conformance>", b"</pdfaid:conformance>" + _CLAIM),
)


def claim_pdf_ua(pdf: pikepdf.Pdf) -> None:
    """State PDF/UA-1 in the metadata of a PDF that Typst made as PDF/A-2a, as Typst itself does.

    Raises
    ------
    RenderError
        The file claims no PDF/A-2a, or its metadata are not as Typst writes them.
    """
    metadata = pdf.Root.Metadata.read_bytes() if "/Metadata" in pdf.Root else b""
    if _CLAIM in metadata:
        return
    for place, filled in _PLACES:
        if metadata.count(place) != 1:
            raise RenderError(
                "the metadata of a PDF do not say that it is PDF/A-2a",
                "_quarto.yml",
                "keep `pdf-standard: [a-2a]`, with a Typst of 0.14 or newer",
            )
        metadata = metadata.replace(place, filled)
    pdf.Root.Metadata.write(metadata)

"""A small define.xml of each version, with everything that is read."""

from __future__ import annotations

HEADS = {
    "2.0": (
        'xmlns:def="http://www.cdisc.org/ns/def/v2.0"',
        'def:DefineVersion="2.0.0" def:StandardName="CDISC ADaM" def:StandardVersion="2.1"',
        "",
        'def:Class="BASIC DATA STRUCTURE"',
        "",
        '<def:Origin Type="Derived"/>',
    ),
    "2.1": (
        'xmlns:def="http://www.cdisc.org/ns/def/v2.1"',
        'def:DefineVersion="2.1.0"',
        '<def:Standards><def:Standard OID="S" Name="ADaMIG" Type="IG" Version="1.3"/></def:Standards>',
        "",
        '<def:Class Name="BASIC DATA STRUCTURE"/>',
        '<def:Origin Type="Derived" Source="Sponsor"/>',
    ),
}


def text(words: str) -> str:
    return f'<Description><TranslatedText xml:lang="en">{words}</TranslatedText></Description>'


def define_xml(version: str) -> str:
    """A define.xml of version 2.0 or 2.1 that describes one dataset, ADXX."""
    space, stated, standards, attribute, inner, origin = HEADS[version]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" {space} FileOID="F">
<Study OID="ST"><GlobalVariables><StudyName>NCT00000001</StudyName></GlobalVariables>
<MetaDataVersion OID="MDV" {stated}>
{standards}
<def:ValueListDef OID="VL.ADXX.AVAL">
  <ItemRef ItemOID="IT.ADXX.AVAL.ALB" Mandatory="No" MethodOID="MT.ALB">
    <def:WhereClauseRef WhereClauseOID="WC.ALB"/></ItemRef>
</def:ValueListDef>
<def:WhereClauseDef OID="WC.ALB">
  <RangeCheck SoftHard="Soft" def:ItemOID="IT.ADXX.PARAMCD" Comparator="IN">
    <CheckValue>ALB</CheckValue><CheckValue>ALP</CheckValue></RangeCheck>
  <RangeCheck SoftHard="Soft" def:ItemOID="IT.ADXX.AVISIT" Comparator="EQ">
    <CheckValue>BASELINE</CheckValue></RangeCheck>
</def:WhereClauseDef>
<ItemGroupDef OID="IG.ADXX" Name="ADXX" {attribute} def:Structure="one record per subject" def:CommentOID="COM.1">
  {text("Example of Traps")}
  <ItemRef ItemOID="IT.ADXX.USUBJID" Mandatory="Yes" KeySequence="2"/>
  <ItemRef ItemOID="IT.ADXX.PARAMCD" Mandatory="Yes" KeySequence="1"/>
  <ItemRef ItemOID="IT.ADXX.AVAL" Mandatory="No" MethodOID="MT.AVAL"/>
  <ItemRef ItemOID="IT.ADXX.ADT" Mandatory="No"/>
  <ItemRef ItemOID="IT.ADXX.AEDECOD" Mandatory="No"/>
  {inner}
</ItemGroupDef>
<ItemDef OID="IT.ADXX.USUBJID" Name="USUBJID" DataType="text" Length="20">{text("Unique Subject Identifier")}</ItemDef>
<ItemDef OID="IT.ADXX.PARAMCD" Name="PARAMCD" DataType="text" Length="8">{text("Parameter Code")}
  <CodeListRef CodeListOID="CL.PARAMCD"/></ItemDef>
<ItemDef OID="IT.ADXX.AVAL" Name="AVAL" DataType="float" Length="8" SignificantDigits="2" def:CommentOID="COM.1">
  {text("Analysis Value")}{origin}<def:ValueListRef ValueListOID="VL.ADXX.AVAL"/></ItemDef>
<ItemDef OID="IT.ADXX.ADT" Name="ADT" DataType="integer" Length="8" def:DisplayFormat="DATE9.">
  {text("Analysis Date")}</ItemDef>
<ItemDef OID="IT.ADXX.AEDECOD" Name="AEDECOD" DataType="text" Length="200">{text("Dictionary-Derived Term")}
  <CodeListRef CodeListOID="CL.MEDDRA"/></ItemDef>
<ItemDef OID="IT.ADXX.AVAL.ALB" Name="AVAL" DataType="integer" Length="3">{text("Albumin")}</ItemDef>
<CodeList OID="CL.PARAMCD" Name="Parameter Code" DataType="text">
  <CodeListItem CodedValue="ALB"><Decode><TranslatedText xml:lang="en">Albumin</TranslatedText></Decode></CodeListItem>
  <EnumeratedItem CodedValue="ALP"/>
</CodeList>
<CodeList OID="CL.MEDDRA" Name="MedDRA" DataType="text">
  <ExternalCodeList Dictionary="MedDRA" Version="27.0"/></CodeList>
<MethodDef OID="MT.AVAL" Name="AVAL" Type="Computation">{text("LB.LBSTRESN,  in  SI units")}</MethodDef>
<MethodDef OID="MT.ALB" Name="ALB" Type="Computation">{text("as reported")}</MethodDef>
<def:CommentDef OID="COM.1">{text("See the reviewer's guide")}</def:CommentDef>
</MetaDataVersion></Study></ODM>
"""


DEFINE_1 = """<?xml version="1.0" encoding="ISO-8859-1"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.2" xmlns:def="http://www.cdisc.org/ns/def/v1.0" FileOID="F">
<Study OID="ST"><GlobalVariables><StudyName>Ol\u00e9</StudyName></GlobalVariables>
<MetaDataVersion OID="MDV" def:DefineVersion="1.0.0" def:StandardName="CDISC ADaM" def:StandardVersion="2.1">
<def:ComputationMethod OID="CM.AGE">RFICDT minus BRTHDT</def:ComputationMethod>
<ItemGroupDef OID="ADSL" Name="ADSL" def:Label="Subject-Level Analysis" def:Structure="one record per subject"
  def:DomainKeys="STUDYID, USUBJID" def:Class="ADSL">
  <ItemRef ItemOID="ADSL.AGE" OrderNumber="1" Mandatory="No"/></ItemGroupDef>
<ItemDef OID="ADSL.AGE" Name="AGE" DataType="integer" Length="8"
  Origin="Derived" def:Label="Age" def:ComputationMethodOID="CM.AGE"/>
</MetaDataVersion></Study></ODM>
"""

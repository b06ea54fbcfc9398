"""Workbooks written by hand, in every legal spelling and as a stranger's malice would."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/x/b.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
    f'<Override PartName="/x/s.xml" ContentType="{SPREADSHEET}.worksheet+xml"/>'
    f'<Override PartName="/x/y.xml" ContentType="{SPREADSHEET}.styles+xml"/>'
    f'<Override PartName="/x/t.xml" ContentType="{SPREADSHEET}.sharedStrings+xml"/></Types>'
)
HEADER = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>metric</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>value</t></is></c></row>'
)
# Style 0 shows a number as it is, 1 as a percentage, 2 as a day.
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="0.0%"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)


def sheet(rows, *, space=MAIN, before=""):
    return f'{before}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'


def packed(
    sheet_xml, *, strings="", styles=STYLES, more=(), method=zipfile.ZIP_DEFLATED, state="visible"
):
    """A workbook of one sheet called readings, with this XML for its sheet and its shared strings."""
    relations = "".join(
        f'<Relationship Id="r{place}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(
            (("worksheet", "s.xml"), ("styles", "y.xml"), ("sharedStrings", "t.xml")), start=1
        )
    )
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="readings" sheetId="1" state="{state}" r:id="r1"/></sheets></workbook>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        made.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="x/b.xml"/></Relationships>',
        )
        made.writestr("[Content_Types].xml", TYPES)
        made.writestr("x/b.xml", book)
        made.writestr(
            "x/_rels/b.xml.rels", f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>'
        )
        made.writestr("x/s.xml", sheet_xml)
        made.writestr("x/y.xml", styles)
        made.writestr("x/t.xml", strings or f'<sst xmlns="{MAIN}"/>')
        for name, content in more:
            made.writestr(name, content)
    return out.getvalue()

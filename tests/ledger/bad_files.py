"""Files that are no ledger, are damaged, or mean harm."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook, load_workbook

from tests.ledger.books import Book, Case, changed
from tests.ledger.random_ledgers import as_text, write_xlsx


def text_of(book: Book | None = None, newline: str = "\r\n") -> str:
    out = io.StringIO()
    lines = (book or Book()).lines
    csv.writer(out, lineterminator=newline).writerows([["" if cell is None else as_text(cell) for cell in line] for line in lines])
    return out.getvalue()


def raw(make: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(make())


def edited(edit: Callable[[str], str], encoding: str = "utf-8") -> Callable[[Path], None]:
    """The good csv, edited as text."""
    def write(path: Path) -> None:
        text = edit(text_of())
        assert text != text_of()
        path.write_bytes(text.encode(encoding))

    return write


def rezipped(edit: Callable[[dict[str, bytes]], object]) -> Callable[[Path], None]:
    """The good xlsx, its parts edited."""
    def write(path: Path) -> None:
        Book().save(path)
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        edit(parts)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in parts.items():
                package.writestr(name, content)

    return write


SHEET = "xl/worksheets/sheet1.xml"


def in_sheet(old: bytes, new: bytes) -> Callable[[Path], None]:
    """The sheet with its first `old` replaced."""
    def edit(parts: dict[str, bytes]) -> None:
        assert old in parts[SHEET], parts[SHEET][:3000]
        parts[SHEET] = parts[SHEET].replace(old, new, 1)

    return rezipped(edit)


def damaged_csv() -> list[Case]:
    good = changed()
    broken = text_of().encode("gb18030")
    first = text_of().index("JG-001")
    cells = {
        "empty": raw(lambda: b""), "a mark and nothing else": raw(lambda: b"\xef\xbb\xbf"), "blank lines": raw(lambda: b"\r\n" * 20),
        "noise": raw(lambda: bytes(range(256)) * 40), "half a character of GBK": raw(lambda: broken[:-4] + b"\x81" + broken[-3:]),
        "a broken character of UTF-8": raw(lambda: text_of().encode().replace("技改".encode(), "技改".encode()[:-1], 1)),
        "half in UTF-8, half in GBK": raw(lambda: text_of()[:first].encode() + text_of()[first:].encode("gb18030")),
        "UTF-16 without a mark": raw(lambda: text_of().encode("utf-16-le")),
        "nought characters": edited(lambda text: text.replace("JG-002", "JG\0-002")),
        "a quote never closed": edited(lambda text: text.replace("JG-002", "\"JG-002")),
        "commas without quotes": edited(lambda text: text.replace(",5000,", ",5,000,")),
        "one field too many": edited(lambda text: text.replace("JG-003,", "JG-003,,")),
        "one field too few in the middle": edited(lambda text: text.replace("JG-003,第3号智能化改造项目,", "JG-003,")),
        "heads read in the wrong encoding": raw(lambda: text_of().encode().decode("cp1252", "replace").encode()),
        "characters lost": edited(lambda text: text.replace("技改贷款贴息", "技改\ufffd\ufffd贴息")),
        "a web page": raw(lambda: b"<html><body><table><tr><td>JG-001</td></tr></table></body></html>"),
        "a workbook": lambda path: (Book().save(path.with_suffix(".xlsx")), path.with_suffix(".xlsx").rename(path)),
        "JSON": raw(lambda: b'[{"project": "JG-001"}]'),
        "a program": raw(lambda: b"\x7fELF\x02\x01\x01" + bytes(2000)),
        "nothing but commas": raw(lambda: b",,,,,,\r\n" * 10),
    }
    maybe = {
        "UTF-16 with a mark": raw(lambda: text_of().encode("utf-16")), "two marks": raw(lambda: ("\ufeff\ufeff" + text_of()).encode()),
        "old newlines": raw(lambda: text_of(newline="\r").encode()),
        "a tail missing": edited(lambda text: text.replace("申报,,,\r\n", "申报\r\n")),
        "semicolons": raw(lambda: text_of().replace(",", ";").encode()), "quotes not doubled": edited(
            lambda text: text.replace("“三首”产品支持", "\"三首\"产品支持")),
        "UTF-32": raw(lambda: text_of().encode("utf-32")), "the end of a file of DOS": raw(lambda: text_of().encode() + b"\x1a"),
        "single quotes": edited(lambda text: text.replace(",5000,", ",'5000',")),
    }
    return [*(Case(f"csv: {name}", write, ".csv") for name, write in cells.items()),
            *(Case(f"csv: {name}", write, ".csv", (), good) for name, write in maybe.items())]


def no_workbooks() -> list[Case]:
    def locked() -> bytes:
        return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2000)

    def truncated(path: Path) -> None:
        Book().save(path)
        path.write_bytes(path.read_bytes()[:-700])

    def flipped(path: Path) -> None:
        Book().save(path)
        content = bytearray(path.read_bytes())
        with zipfile.ZipFile(path) as package:
            at = package.getinfo(SHEET).header_offset + 300
        content[at] ^= 0xFF
        path.write_bytes(content)

    def gap(path: Path) -> None:
        """A piece is missing in the middle, so that no part is where the directory says."""
        Book().save(path.with_suffix(".xlsx"))
        content = path.with_suffix(".xlsx").read_bytes()
        path.with_suffix(".xlsx").unlink()
        path.write_bytes(content[:400] + content[440:])

    files = {
        "a gap": gap, "empty": raw(lambda: b""), "text": raw(lambda: text_of().encode()),
        "a zip without a workbook": rezipped(lambda parts: parts.clear()),
        "a letter": rezipped(lambda parts: parts.pop("xl/workbook.xml")), "no sheet": rezipped(lambda parts: parts.pop(SHEET)),
        "locked": raw(locked), "the end missing": truncated, "a bit flipped": flipped, "a page": raw(lambda: b"%PDF-1.7\n" + bytes(500)),
        "no XML in it": rezipped(lambda parts: parts.update({SHEET: b"\x00\x01\x02"})),
        "half a sheet": rezipped(lambda parts: parts.update({SHEET: parts[SHEET][:2000]})),
    }
    cases = [Case(f"xlsx: {name}", write) for name, write in files.items()]
    for suffix in (".xls", ".ods"):
        cases += [Case(f"{suffix[1:]}: empty", raw(lambda: b""), suffix),
                  Case(f"{suffix[1:]}: noise", raw(lambda: bytes(range(256)) * 9), suffix)]
    page = b"<html><table><tr><td>JG-001</td></tr></table></html>"
    cases += [Case("xls: a web page", raw(lambda: page), ".xls"), Case("xls: locked", raw(locked), ".xls")]
    for suffix in (".txt", ".json", ".pdf", ".doc", ".xlsx.exe", ""):
        cases.append(Case(f"a file called *{suffix}", raw(lambda: b"JG-001"), suffix))
    cases += [Case("ods: a gap", gap, ".ods"), Case("a folder", lambda path: path.mkdir())]
    return cases


def sheets() -> list[Case]:
    def two(state: str, titles: tuple[str, str] = ("一批", "二批")) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            write_xlsx(path, Book().lines, titles[0])
            workbook = load_workbook(path)
            more = workbook.copy_worksheet(workbook.active)
            more.title = titles[1]
            more["A3"] = "JG-901"
            more.sheet_state = state
            workbook.save(path)

        return write

    def blank(path: Path) -> None:
        workbook = Workbook()
        workbook.create_sheet("二")
        workbook.save(path)

    return [
        Case("two sheets that both look like ledgers", two("visible"), ".xlsx", ("一批", "二批")),
        Case("a hidden sheet that looks like a ledger", two("hidden"), ".xlsx", (), changed()),
        Case("blank sheets", blank),
    ]


def inside_cells() -> list[Case]:
    """Cells as other programs, or an attacker, may write them."""
    cell = b'<c r="L3" t="n"><v>5000</v></c>'
    good = changed()

    def said(name: str, new: bytes, *says: str) -> Case:
        return Case(f"cell: {name}", in_sheet(cell, new), ".xlsx", says)

    def twice(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(cell, cell + cell.replace(b"5000", b"9000"))

    return [
        said("a formula never computed", b'<c r="L3"><f>3000+2000</f></c>', "L3"),
        said("a formula with an empty result", b'<c r="L3"><f>3000+2000</f><v></v></c>', "L3"),
        said("a formula that failed", b'<c r="L3" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "L3", "#DIV/0!"),
        said("a formula of text", b'<c r="L3" t="str"><f>A1&amp;""</f><v>about 5000</v></c>', "L3"),
        said("a reference lost", b'<c r="L3" t="e"><v>#REF!</v></c>', "L3", "#REF!"),
        said("a truth", b'<c r="L3" t="b"><v>1</v></c>', "L3"),
        said("letters for a number", b'<c r="L3" t="n"><v>fivethousand</v></c>'),
        said("nan for a number", b'<c r="L3" t="n"><v>NaN</v></c>'),
        said("infinity for a number", b'<c r="L3" t="n"><v>1E400</v></c>'),
        said("a text that is not there", b'<c r="L3" t="s"><v>99999</v></c>'),
        said("a negative text", b'<c r="L3" t="s"><v>-1</v></c>'),
        said("a cell beyond the last", b'<c r="ZZZZ3" t="n"><v>5000</v></c>'),
        Case("cell: the same cell twice", rezipped(twice)),
        Case("cell: a formula with its result", in_sheet(cell, b'<c r="L3"><f>3000+2000</f><v>5000</v></c>'), ".xlsx", (), good),
        Case("cell: a formula of another file", in_sheet(cell, b'<c r="L3"><f>[1]Sheet1!A1</f><v>5000</v></c>'), ".xlsx", (), good),
    ]


def hostile() -> list[Case]:
    """Refused within 10 s and 512 MiB."""
    def bomb(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", b"<row/>" * 60_000_000 + b"</sheetData>")

    def texts(parts: dict[str, bytes]) -> None:
        parts["xl/sharedStrings.xml"] = (b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
                                         + b"A" * 400_000_000 + b"</t></si></sst>")

    def laughs(parts: dict[str, bytes]) -> None:
        entities = b'<!ENTITY a0 "ha">' + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
        parts[SHEET] = parts[SHEET].replace(b"<worksheet", b"<!DOCTYPE x [" + entities + b"]><worksheet", 1).replace(
            b"<v>5000</v>", b"<v>&a11;</v>", 1)

    def outside(parts: dict[str, bytes]) -> None:
        doctype = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:' b'///etc/hostname">]><worksheet'
        parts[SHEET] = parts[SHEET].replace(b"<worksheet", doctype, 1).replace(b"<v>5000</v>", b"<v>&e;</v>", 1)

    def macros(parts: dict[str, bytes]) -> None:
        parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0" + bytes(3000)
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main").replace(
            b"<Default ", b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Default ', 1)

    def links(parts: dict[str, bytes]) -> None:
        parts["xl/externalLinks/externalLink1.xml"] = (
            b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook/></externalLink>')

    def climbing(parts: dict[str, bytes]) -> None:
        parts["../../../../tmp/climbed.txt"] = b"x"

    def far(path: Path) -> None:
        Book().save(path)
        workbook = load_workbook(path)
        workbook.active["XFD1048576"] = 1
        workbook.save(path)

    def deep(path: Path) -> None:
        Book().save(path)
        workbook = load_workbook(path)
        workbook.active["A1048576"] = "JG-900"
        workbook.save(path)

    edits = {"a bomb of rows": bomb, "a bomb of text": texts, "a billion laughs": laughs, "a file from outside": outside, "macros": macros,
             "links to other files": links, "a path that climbs": climbing}
    return [
        *(Case(f"hostile: {name}", rezipped(edit)) for name, edit in edits.items()),
        Case("hostile: a far cell", far), Case("hostile: a deep cell", deep),
        Case("hostile: a field of 30 MB", edited(lambda text: text.replace("第2号", "长" * 10_000_000)), ".csv"),
        Case("hostile: a million columns", raw(lambda: text_of().encode() + b"1," * 1_000_000), ".csv"),
        Case("hostile: a million empty columns", raw(lambda: text_of().encode() + b"," * 1_000_000), ".csv", (), changed()),
    ]


CASES = [*damaged_csv(), *no_workbooks(), *sheets(), *inside_cells(), *hostile()]

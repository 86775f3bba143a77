"""Encodings of old web pages (WHATWG Encoding standard, section 4.2), as far as Python knows them."""

MARKS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp437", "latin-1", "ascii")
"""What readers and their libraries use for text of any kind."""
ENCODINGS = (
    *(
        "utf-8",
        "cp866",
        "koi8-r",
        "koi8-u",
        "mac-roman",
        "big5",
        "euc-jp",
        "shift_jis",
        "iso2022_jp",
        "euc-kr",
        "gb2312",
        "gbk",
        "gb18030",
    ),
    *(f"cp{page}" for page in (874, *range(1250, 1259))),
    *(f"iso8859-{part}" for part in range(1, 17) if part != 12),
)

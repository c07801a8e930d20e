"""Vietnam's provinces and centrally-run cities: the 63 until 30 June 2025, and the 34 since 1 July 2025.

Texts name both. The talk that notebook 13 follows is of 2018, so the list of 63 is what its tag PROVINCE means.
Source: Resolution 202/2025/QH15 of the National Assembly, 12 June 2025, for the 34.
"""

from __future__ import annotations

import datetime as dt
import unicodedata

# Province since July 2025 -> those that went into it. The eleven without any stayed as they were.
MERGED = {
    "Hà Nội": (),
    "Huế": (),
    "Lai Châu": (),
    "Điện Biên": (),
    "Sơn La": (),
    "Lạng Sơn": (),
    "Quảng Ninh": (),
    "Thanh Hóa": (),
    "Nghệ An": (),
    "Hà Tĩnh": (),
    "Cao Bằng": (),
    "Tuyên Quang": ("Hà Giang",),
    "Lào Cai": ("Yên Bái",),
    "Thái Nguyên": ("Bắc Kạn",),
    "Phú Thọ": ("Vĩnh Phúc", "Hòa Bình"),
    "Bắc Ninh": ("Bắc Giang",),
    "Hưng Yên": ("Thái Bình",),
    "Hải Phòng": ("Hải Dương",),
    "Ninh Bình": ("Hà Nam", "Nam Định"),
    "Quảng Trị": ("Quảng Bình",),
    "Đà Nẵng": ("Quảng Nam",),
    "Quảng Ngãi": ("Kon Tum",),
    "Gia Lai": ("Bình Định",),
    "Khánh Hòa": ("Ninh Thuận",),
    "Lâm Đồng": ("Đắk Nông", "Bình Thuận"),
    "Đắk Lắk": ("Phú Yên",),
    "Hồ Chí Minh": ("Bà Rịa - Vũng Tàu", "Bình Dương"),
    "Đồng Nai": ("Bình Phước",),
    "Tây Ninh": ("Long An",),
    "Cần Thơ": ("Sóc Trăng", "Hậu Giang"),
    "Vĩnh Long": ("Bến Tre", "Trà Vinh"),
    "Đồng Tháp": ("Tiền Giang",),
    "Cà Mau": ("Bạc Liêu",),
    "An Giang": ("Kiên Giang",),
}
CITIES = ("Hà Nội", "Huế", "Hải Phòng", "Đà Nẵng", "Hồ Chí Minh", "Cần Thơ")  # centrally run; Huế since 2025
PROVINCES_34 = tuple(MERGED)
PROVINCES_63 = tuple(sorted([*MERGED, *(old for group in MERGED.values() for old in group)]))

# Other ways to write one of the 63, in small letters.
_ALIASES = {
    "sài gòn": "Hồ Chí Minh",
    "tp hcm": "Hồ Chí Minh",
    "tphcm": "Hồ Chí Minh",
    "tp.hcm": "Hồ Chí Minh",
    "tp. hcm": "Hồ Chí Minh",
    "tp. hồ chí minh": "Hồ Chí Minh",
    "tp hồ chí minh": "Hồ Chí Minh",
    "hcm": "Hồ Chí Minh",
    "sg": "Hồ Chí Minh",
    "hn": "Hà Nội",
    "hanoi": "Hà Nội",
    "saigon": "Hồ Chí Minh",
    "ho chi minh city": "Hồ Chí Minh",
    "da nang": "Đà Nẵng",
    "thừa thiên huế": "Huế",
    "thừa thiên - huế": "Huế",
    "vũng tàu": "Bà Rịa - Vũng Tàu",
    "bà rịa": "Bà Rịa - Vũng Tàu",
    "đăk lăk": "Đắk Lắk",
    "daklak": "Đắk Lắk",
    "đăk nông": "Đắk Nông",
}
_PREFIXES = ("tỉnh ", "thành phố ", "tp. ", "tp ", "province of ", "provinz ")


def provinces_on(day: dt.date) -> tuple[str, ...]:
    """The provinces and centrally-run cities of a day: 63 from August 2008 to June 2025, 34 since July 2025."""
    return PROVINCES_34 if day >= dt.date(2025, 7, 1) else PROVINCES_63


def province_of(text: str) -> str | None:
    """The name in the list of 63 that a text means, or None: `sài gòn` -> `Hồ Chí Minh`.

    Capitals, the Unicode form and a word such as `tỉnh` before the name do not count. Tone marks do: `Ha Noi` is None.
    """
    small = " ".join(unicodedata.normalize("NFC", text).lower().split())
    known = {name.lower(): name for name in PROVINCES_63} | {_old_spelling(n): n for n in PROVINCES_63}
    for prefix in ("", *_PREFIXES):
        if small.startswith(prefix):
            name = small[len(prefix) :]
            found = known.get(name) or _ALIASES.get(name)
            if found:
                return found
    return None


def since_july_2025(name: str) -> str:
    """The province of today that one of the 63 belongs to: `Hà Giang` -> `Tuyên Quang`.

    Raises ValueError for a name that is not among the 63.
    """
    for today, merged in MERGED.items():
        if name == today or name in merged:
            return today
    raise ValueError(
        f"{name!r} is not one of the 63 provinces; province_of(text) finds the way they are written"
    )


def _old_spelling(name: str) -> str:
    """Both places of a tone mark are in use: Hòa and Hoà, Hóa and Hoá."""
    return name.lower().replace("òa", "oà").replace("óa", "oá")

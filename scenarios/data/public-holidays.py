"""Writes public-holidays.toml: the public holidays of some regions, from the Python package `holidays`.

    pip install holidays==0.109
    python scenarios/data/public-holidays.py > scenarios/public-holidays.toml

The program itself never needs Python or the package. Add a region below and run it again; it asks for nothing else.
"""

import holidays

YEARS = range(2022, 2036)

REGIONS = [
    ("AU-NSW", "Australia, New South Wales"),
    ("AU-VIC", "Australia, Victoria"),
    ("BR", "Brazil"),
    ("CA-BC", "Canada, British Columbia"),
    ("CA-ON", "Canada, Ontario"),
    ("CH-ZH", "Switzerland, Zurich"),
    ("DE", "Germany, everywhere"),
    ("DE-BE", "Germany, Berlin"),
    ("DE-BY", "Germany, Bavaria"),
    ("ES", "Spain, everywhere"),
    ("FR", "France"),
    ("GB-ENG", "England"),
    ("GB-SCT", "Scotland"),
    ("IE", "Ireland"),
    ("IL", "Israel"),
    ("IN", "India, everywhere"),
    ("IT", "Italy"),
    ("JP", "Japan"),
    ("MX", "Mexico"),
    ("NL", "Netherlands"),
    ("NZ", "New Zealand"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("SE", "Sweden"),
    ("SG", "Singapore"),
    ("US", "United States, federal"),
    ("US-CA", "United States, California"),
]

HEADER = f"""\
#:schema journeysim.schema.json
# Public holidays by region, {YEARS[0]} to {YEARS[-1]}, for pools and customers.
#
# A scenario that extends this file may say `region = "DE-BE"`: at the top for the days on which its customers do not
# work, in a pool for those on which its advisors do not. Regions have the codes of ISO 3166. A holiday that is moved to
# another day because it falls on a weekend is listed on both. Dates that follow the moon are estimates in later years,
# and days that governments will proclaim are not known yet.
#
# Source: the Python package `holidays` {holidays.__version__} (MIT licence, https://github.com/vacanza/holidays), which keeps
# the laws of each country. Written by data/public-holidays.py, which says how to renew it.
"""


def main() -> None:
    print(HEADER, end="")
    for code, title in REGIONS:
        country, _, part = code.partition("-")
        days = holidays.country_holidays(country, subdiv=part or None, years=YEARS)
        print(f'\n[[public_holidays]]\nname = "{code}"\ntitle = "{title}"\ndates = [')
        for year in YEARS:
            dates = sorted(day.isoformat() for day in days if day.year == year)
            print(f"  {', '.join(dates)},")
        print("]")


if __name__ == "__main__":
    main()

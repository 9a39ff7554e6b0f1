"""A second implementation of the pooled program, slow and plain.

It was written from the rules of the sources, `docs/background/model.md` and the words of the scenario files, and shares
nothing with the program: it reads the merged scenario, and lives one book day by day. How it was made, and what it leaves
out, stands in `docs/background/validation.md`.
"""

import csv
import heapq
import json
import math
import re
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
DAY = 86_400
NINE = 9 * 3600

# Events of the same second, in this order.
TERM_END, CONTRACT, CLOSE, PING, OUTSIDE, ONBOARDED, WINDOW, GATE, NOTICE, CARE, DONE, REQUEST, TOUCH, OPENS = range(14)

POINTS = {"healthy": 10.0, "concerning": 5.0, "poor": 0.0}


# --- Settings ---------------------------------------------------------------------------------------------------------


class Settings:
    """The merged scenario, with the defaults of the schema where it is silent."""

    def __init__(self, merged):
        self.file = tomllib.loads(merged)
        self.schema = json.loads((ROOT / "scenarios/journeysim.schema.json").read_text())
        self.read = {}

    def __call__(self, room, key):
        """Returns a setting of a room as a number, a word or a distribution."""
        if (room, key) not in self.read:
            found = self.file.get(room, {}).get(key)
            self.read[room, key] = self.value(self.default(room, key) if found is None else found)
        return self.read[room, key]

    def set(self, path, value):
        """Overrides one value, as `--set` does."""
        room, *between, key = path.split(".")
        at = self.file.setdefault(room, {})
        for step in between:
            at = next(entry for entry in at if entry["name"] == step) if isinstance(at, list) else at[step]
        at[key] = value
        self.read = {}

    def default(self, room, key):
        described = self.schema["properties"][room]["$ref"].split("/")[-1]
        return self.schema["$defs"][described]["properties"][key].get("default")

    def value(self, written):
        if isinstance(written, dict):
            return {key: self.value(part) for key, part in written.items()}
        if isinstance(written, str) and written in self.file.get("assume", {}):
            return self.value(self.file["assume"][written]["base"])
        return quantity(written) if isinstance(written, str) else written

    def touchpoints(self):
        described = self.schema["$defs"]["Touchpoint"]["properties"]
        defaults = {key: text["default"] for key, text in described.items() if text.get("default") is not None}
        for written in self.file["touchpoint"]:
            point = {key: self.value(part) for key, part in {**defaults, **written}.items() if key != "title"}
            point["effect"] = {key: self.value(part) for key, part in written.get("effect", {}).items()}
            point["from"] = {key: self.value(part) for key, part in written.get("from", {}).items()}
            point["at"] = [self.value(part) for part in written.get("at", [])]
            if point["enabled"]:
                yield point


SECONDS = {"w": 7 * DAY, "d": DAY, "h": 3600, "m": 60, "s": 1}
RATES = {"year": 365 * DAY, "quarter": 365 * DAY / 4, "month": 365 * DAY / 12, "week": 7 * DAY, "day": DAY, "hour": 3600}


def quantity(text):
    """Reads a quantity with its unit: times in seconds, terms in months, rates in events a day, the rest as numbers."""
    if match := re.fullmatch(r"(.+) per (.+)", text):
        period = RATES.get(match[2]) or quantity(match[2])
        return quantity(match[1]) * DAY / period
    if match := re.fullmatch(r"([+-]?[\d.]+) ?(%|pp)", text):
        return float(match[1]) / 100
    if match := re.fullmatch(r"x ?([\d.]+)", text):
        return float(match[1])
    if match := re.fullmatch(r"(\d+) ?(mo|y)", text):
        return int(match[1]) * (12 if match[2] == "y" else 1)
    if re.fullmatch(r"([\d.]+ ?[wdhms] ?)+", text):
        return sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"([\d.]+) ?([wdhms])", text))
    if match := re.fullmatch(r"\$?([\d,]+(?:\.\d+)?)(k?)", text):
        return float(match[1].replace(",", "")) * (1000 if match[2] else 1)
    return text


# --- The calendar -----------------------------------------------------------------------------------------------------


def months_after(start, months):
    """The same day so many months later, or the last of that month."""
    number = start.year * 12 + start.month - 1 + months
    year, month = divmod(number, 12)
    for day in (start.day, 30, 29, 28):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue


def next_month(day):
    return months_after(day.replace(day=1), 1)


def working(day):
    return day.weekday() < 5


def working_days_after(day, count):
    """The day that many working days after `day`; with none, `day` itself or the next working day."""
    while count > 0 or not working(day):
        day += timedelta(1)
        count -= working(day)
    return day


# --- Chance -----------------------------------------------------------------------------------------------------------


class Chance:
    """Draws of a generator; what is certain needs none."""

    def __init__(self, generator):
        self.random = generator

    def yes(self, probability):
        if probability <= 0 or probability >= 1:
            return probability >= 1
        return self.random.random() < probability

    def draw(self, written):
        """A value of a distribution, which may be a plain value."""
        if not isinstance(written, dict):
            return written
        kind = written["dist"]
        if kind == "constant":
            return written["value"]
        if kind == "uniform":
            return self.random.uniform(written["low"], written["high"])
        if kind == "triangular":
            return triangular_quantile(written, self.random.random())
        raise ValueError(kind)

    def whole_days(self, written):
        """A delay in whole days."""
        if isinstance(written, dict) and written["dist"] == "uniform":
            return round(self.draw(written) / DAY)
        return round(self.draw(written) / DAY)

    def next_event(self, rate):
        """Days until the next event of a Poisson process with `rate` a day."""
        return math.ceil(-math.log(1 - self.random.random()) / rate) if rate > 0 else None


def logit(p):
    return math.log(p / (1 - p))


def logistic(x):
    return 1 / (1 + math.exp(-x))


def triangular_quantile(shape, u):
    low, mode, high = shape["low"], shape["mode"], shape["high"]
    if high == low:
        return low
    split = (mode - low) / (high - low)
    if u < split:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1 - u) * (high - low) * (high - mode))


def triangular_share(shape, x):
    """The probability of at most `x`."""
    low, mode, high = shape["low"], shape["mode"], shape["high"]
    if x <= low:
        return 0.0
    if x >= high:
        return 1.0
    if x < mode:
        return (x - low) ** 2 / ((high - low) * (mode - low))
    return 1 - (high - x) ** 2 / ((high - low) * (high - mode))


# --- A customer -------------------------------------------------------------------------------------------------------

ROLES = ["instance_admin", "program_contact", "champion", "stakeholder"]


class Account:
    def __init__(self, number):
        self.number = number
        # What it is.
        self.segment = self.products = None
        self.developers = self.seats = self.price = self.rest = 0
        self.term = 12
        self.soft = False
        self.people = {role: number for number, role in enumerate(ROLES)}  # who holds each role; None: nobody known
        self.buyer = self.navigation = True
        self.hidden = 0.0
        self.relation = self.ceiling = self.usage = 0.0  # in standard deviations
        self.misreading = 0.0
        self.pace = 1.0
        # The contract.
        self.living = False
        self.close = self.ping = self.begin = self.ends = None
        self.terms = 0
        self.churned = self.churned_first = self.first_close = None
        self.late_until = None
        # How it uses the product.
        self.running = False
        self.adopted = 0.0
        self.contact = 0
        self.lapse = 0.0
        self.need = 1.0
        self.sway = 0.0
        self.lifts = {}  # (kind, half-life in days or none): size
        self.month_users = 0.0
        self.last_month_users = 0.0
        self.daily = []
        self.utilization_published = self.usage_published = None
        # What befell it.
        self.champion = True
        self.noticed_champion = True
        self.shaken = []
        self.defects, self.helps = [], []
        self.feedback = 0.0
        # Where it is in the program.
        self.stage = None
        self.band = "yellow"
        self.in_lighthouse = None
        self.last_touch = {}
        self.repeats = {}
        self.generation = 0
        self.mails = []
        # What is counted.
        self.days = {stage: 0 for stage in ("onboarding", "adopting", "nurturing", "renewing")}
        self.band_days = {"green": 0, "yellow": 0, "red": 0}
        self.minutes = 0.0
        self.nurturing_day = None

    @property
    def revenue(self):
        """Recurring revenue a year (cents)."""
        return self.seats * self.price + self.rest if self.living else 0

    def lift(self, kind):
        return sum(size for (what, _), size in self.lifts.items() if what == kind)

    def raise_(self, kind, size, half_life):
        self.lifts[kind, half_life] = self.lifts.get((kind, half_life), 0.0) + size


class Stay:
    """A stay in Lighthouse."""

    def __init__(self, day):
        self.entered = day
        self.presented = None
        self.healthy = 0


# --- One replication ----------------------------------------------------------------------------------------------------


class World:
    def __init__(self, settings, generator, folder=None):
        self.set = settings
        self.chance = Chance(generator)
        self.start = date.fromisoformat(str(settings.file["start"]))
        years = quantity(settings.file["horizon"])
        self.horizon = (months_after(self.start, years) - self.start).days
        self.points = list(settings.touchpoints())
        self.events = []
        self.sequence = 0
        self.now = 0
        self.today = 0
        self.log = []
        self.accounts = []
        self.lighthouse = []
        self.ledger = []  # (day, account, kind, cents)
        self.renewals = []  # (revenue up, revenue renewed)
        self.months = []  # (utilization, usage) after Onboarding
        self.goals = []
        self.stays = []  # (days, saved)
        self.count = dict.fromkeys(["due", "done", "surveys", "answers", "helps", "entries", "members"], 0)
        self.upkeep_minutes = 0.0
        self.earned = 0.0
        self.books = {}
        self.prepare()
        self.lists = "book" in settings.file
        if self.lists:
            self.read_book(folder)
        else:
            self.generate()

    def prepare(self):
        s = self.set
        self.onboarding_days = int(s("stages", "onboarding_days"))
        self.renewing_days = int(s("stages", "renewing_days"))
        self.utilization_gate = s("stages", "utilization_gate")
        self.usage_gate = s("stages", "usage_gate")
        self.health = {key: s("health", key) for key in (
            "activity_healthy", "activity_poor", "defects_healthy", "defects_poor", "help_healthy", "help_poor",
            "usage_healthy", "usage_poor", "utilization_healthy", "utilization_poor", "green_min", "red_max",
            "sentiment_weight", "technical_weight", "relationship_weight", "utilization_weight", "hand_set_lag")}
        self.kernel = {key: s("usage", key) for key in (
            "ceiling", "ceiling_spread", "usage", "usage_spread", "half_time", "initial", "weekend", "daily_noise",
            "sway", "sway_half_life", "whole_users", "decay_without_contact", "contact_grace", "decay_recovery",
            "usage_limit")}
        self.kernel["pace"] = math.log(1 / self.kernel["initial"] - 1) / (self.kernel["half_time"] / DAY)
        self.kernel["slowest_pace"] = s("population", "slowest_pace")
        self.kernel["need_returns"] = 1 - 0.5 ** (DAY / s("shocks", "budget_recovery"))
        self.cap = s("population", "soft_cap_limit")

    # Customers: a list, or drawn.

    def read_book(self, folder):
        with (folder / self.set.file["book"]["file"]).open() as table:
            for number, row in enumerate(csv.DictReader(table)):
                account = Account(number)
                account.developers = int(row["developers"])
                account.seats = int(row["seats"])
                cents = round(float(row["arr"]) * 100)
                account.price, account.rest = divmod(cents, account.seats)
                account.term = int(row["term"])
                account.products = row["products"]
                self.character(account)
                account.buyer = row["buyer"] == "yes"
                account.champion = account.noticed_champion = row["champion"] == "yes"
                if not account.champion:
                    account.people["champion"] = None
                self.accounts.append(account)
                self.at((date.fromisoformat(row["start"]) - self.start).days * DAY, CLOSE, self.closes, account)

    # --- Events ---

    def at(self, second, rank, what, *arguments):
        self.sequence += 1
        heapq.heappush(self.events, (second, rank, self.sequence, what, arguments))

    def on(self, day, rank, what, *arguments):
        self.at(max(day, self.today) * DAY, rank, what, *arguments)

    def tell(self, account, kind, detail=""):
        self.log.append((self.now, account.number, kind, detail))

    def date(self, day=None):
        return self.start + timedelta(self.today if day is None else day)

    def day(self, date):
        return (date - self.start).days

    def live(self):
        for self.today in range(self.horizon):
            self.now = self.today * DAY
            self.publish()
            self.look_at_bands()
            if self.date().weekday() == 0:
                self.lighthouse_meets()
            end = (self.today + 1) * DAY
            while self.events and self.events[0][0] < end:
                self.now, _, _, what, arguments = heapq.heappop(self.events)
                what(*arguments)
            for account in self.accounts:
                if account.living:
                    account.days[account.stage] += 1
                    account.band_days[account.band] += 1
                    account.minutes += self.set("program", "monitoring") / 60 / 7
                    self.earned += account.revenue / 100 / 365
                    self.use(account)
            self.count["members"] += len(self.lighthouse)
        return self

    # --- Use of the product ---

    def ceiling(self, account):
        return min(max(self.kernel["ceiling"] + self.kernel["ceiling_spread"] * account.ceiling, 0.05), 1.0)

    def usage_level(self, account):
        level = min(max(self.kernel["usage"] + self.kernel["usage_spread"] * account.usage, 0.02), 1.0)
        return max(level + account.lift("usage"), 0.0)

    def utilization(self, account):
        level = max(0.0, self.ceiling(account) + account.lift("ceiling") - account.lapse) * account.need + account.sway
        return min(max(level * account.adopted, 0.0), self.cap if account.soft else 1.0)

    def use(self, account):
        """One day of use: adoption, utilization, users of the day."""
        kernel, gauss = self.kernel, self.chance.random.gauss
        if kernel["sway"] > 0:
            keep = 0.5 ** (DAY / kernel["sway_half_life"])
            account.sway = keep * account.sway + math.sqrt(1 - keep * keep) * kernel["sway"] * gauss(0, 1)
        if account.contact + kernel["contact_grace"] / DAY < self.today:
            account.lapse += kernel["decay_without_contact"] / 30
        else:
            account.lapse *= 0.5 ** (DAY / kernel["decay_recovery"])
        active = daily = 0.0
        if account.running:
            pace = kernel["pace"] * account.pace * max(1 + account.lift("pace"), kernel["slowest_pace"])
            middle = account.adopted + (1 - account.adopted) * pace * account.adopted / 2
            share = -math.expm1(-pace * middle)
            gain = (1 - account.adopted) * share
            if kernel["whole_users"]:
                willing = account.seats * self.ceiling(account)
                gain += math.sqrt((1 - account.adopted) * share * (1 - share) / willing) * gauss(0, 1)
            account.adopted = min(max(account.adopted + gain, kernel["initial"] / 2), 1.0)
            active = account.seats * self.utilization(account)
            present = self.usage_level(account) * 7 / (5 + 2 * kernel["weekend"])
            if kernel["daily_noise"] > 0:
                present *= 1 + kernel["daily_noise"] * gauss(0, 1)
            weekday = working(self.date())
            daily = active * min(max(present, 0.0), 1.0) * (1.0 if weekday else kernel["weekend"])
        account.month_users = max(account.month_users, active)
        account.daily.append(daily)
        account.need += (1 - account.need) * kernel["need_returns"]
        for (kind, half_life), size in account.lifts.items():
            if half_life:
                account.lifts[kind, half_life] = size * 0.5 ** (1 / half_life)

    def publish(self):
        """What the program sees: utilization on the first of a month, usage on Mondays."""
        today = self.date()
        first, monday = today.day == 1, today.weekday() == 0
        if not (first or monday) or self.today == 0:
            return
        for account in self.accounts:
            if not account.living:
                continue
            if first:
                account.last_month_users, account.month_users = account.month_users, 0.0
                account.utilization_published = round(account.last_month_users / account.seats, 6)
            if monday and account.last_month_users > 0:
                mean = sum(account.daily[-28:]) / 28
                account.usage_published = round(min(mean / account.last_month_users, self.kernel["usage_limit"]), 6)
            if first and account.stage != "onboarding":
                self.months.append((account.utilization_published, account.usage_published))
            if account.stage == "adopting":
                self.on(self.today, GATE, self.gate, account)
        if monday:
            self.upkeep_minutes += self.set("program", "upkeep") / 60

    # --- Health ---

    def look_at_bands(self):
        for account in self.accounts:
            if not account.living:
                continue
            score = self.score(account)
            if score >= self.health["green_min"] - 1e-9:
                band = "green"
            elif score <= self.health["red_max"] + 1e-9:
                band = "red"
            else:
                band = "yellow"
            if band != account.band:
                account.band = band
                self.tell(account, "band", band)
                for point in self.points:
                    if point.get("on") == "band_change" and band in point["bands"]:
                        self.happens(account, point)

    def score(self, account):
        h = self.health

        def upward(value, healthy, poor, poor_included):
            if value is None:
                return "concerning"
            if value >= healthy:
                return "healthy"
            return "poor" if value < poor or (poor_included and value == poor) else "concerning"

        def downward(count, healthy, poor):
            return "healthy" if count < healthy else "poor" if count >= poor else "concerning"

        def held(yes):
            return "healthy" if yes else "poor"

        opinion = self.opinion(account)
        sentiment = "healthy" if opinion > 0.25 else "poor" if opinion < -1 else "concerning"
        idle = self.today - account.contact
        activity = "healthy" if idle <= h["activity_healthy"] else "poor" if idle >= h["activity_poor"] else "concerning"
        categories = [
            (h["sentiment_weight"], [sentiment]),
            (h["technical_weight"], [
                held(account.navigation),
                downward(self.recent(account.defects), h["defects_healthy"], h["defects_poor"]),
                downward(self.recent(account.helps), h["help_healthy"], h["help_poor"])]),
            (h["relationship_weight"], [held(account.noticed_champion), held(account.buyer), activity]),
            (h["utilization_weight"], [
                upward(account.usage_published, h["usage_healthy"], h["usage_poor"], True),
                upward(account.utilization_published, h["utilization_healthy"], h["utilization_poor"], False)]),
        ]
        return sum(weight * sum(POINTS[trait] for trait in traits) / len(traits) for weight, traits in categories)

    def recent(self, tickets):
        return sum(1 for day in tickets if self.today - 90 < day <= self.today)

    def opinion(self, account):
        correlation = self.set("population", "sentiment_correlation")
        return correlation * account.relation + account.misreading + account.feedback

    def relationship(self, account):
        """How good it is today (standard deviations)."""
        s = self.set
        level = account.relation + account.feedback + account.lift("relationship")
        level -= (not account.champion) * s("shocks", "champion_weight")
        level -= self.fading_change(account) * s("shocks", "company_weight")
        level -= s("shocks", "defect_weight") * sum(0.5 ** ((self.today - day) / 90) for day in account.defects)
        return level

    def fading_change(self, account):
        return sum(0.5 ** ((self.today - day) * DAY / self.set("shocks", "company_fading")) for day in account.shaken)

    # --- What befalls a customer ---

    def befall(self, account):
        generation = account.generation
        for what, rate in (("champion_leaves", self.champion_leaves), ("budget_cut", self.budget_cut),
                           ("company_change", self.company_change), ("defect_tickets", self.ticket),
                           ("help_tickets", self.ticket)):
            self.next(account, generation, what, rate)
        self.on(self.today + account.number % 91, OUTSIDE, self.drift, account, generation)
        every = round(self.set("shocks", "release_every") / DAY)
        self.on((self.today // every + 1) * every, OUTSIDE, self.release, account, generation)

    def next(self, account, generation, what, happens):
        days = self.chance.next_event(self.set("shocks", what))
        if days is not None and self.today + days < self.horizon:
            self.on(self.today + days, OUTSIDE, self.strikes, account, generation, what, happens)

    def strikes(self, account, generation, what, happens):
        if generation == account.generation and account.living:
            happens(account, what)
            self.next(account, generation, what, happens)

    def champion_leaves(self, account, _):
        if not account.champion:
            return
        account.champion, account.people["champion"] = False, None
        self.tell(account, "champion_left")
        self.happening("champion_left", account)
        lag = int(self.health["hand_set_lag"])
        self.on(self.today + lag, NOTICE, self.notices, account)
        mean = self.set("shocks", "champion_replaced") / DAY
        after = math.ceil(-mean * math.log(1 - self.chance.random.random()))
        self.on(self.today + after, OUTSIDE, self.champion_found, account)

    def champion_found(self, account):
        if account.champion:
            return
        account.champion, account.people["champion"] = True, ROLES.index("champion")
        if account.living:
            self.tell(account, "champion_found")
            self.on(self.today + int(self.health["hand_set_lag"]), NOTICE, self.notices, account)

    def notices(self, account):
        account.noticed_champion = account.champion

    def budget_cut(self, account, _):
        account.need *= 1 - self.set("shocks", "budget_cut_size")
        self.tell(account, "budget_cut")

    def company_change(self, account, _):
        account.shaken.append(self.today)
        self.tell(account, "company_changed")

    def ticket(self, account, what):
        (account.defects if what == "defect_tickets" else account.helps).append(self.today)

    def drift(self, account, generation):
        """A quarter's step of a first-order autoregression."""
        if generation != account.generation or not account.living:
            return
        months = 91 * 12 / 365
        keep = 0.5 ** (months / self.set("usage", "memory"))
        step = math.sqrt(1 - keep * keep)
        fresh = self.traits()
        account.relation = keep * account.relation + step * fresh[0]
        account.ceiling = keep * account.ceiling + step * fresh[1]
        account.usage = keep * account.usage + step * fresh[2]
        self.on(self.today + 91, OUTSIDE, self.drift, account, generation)

    def traits(self):
        """Relationship, ceiling and usage, which hang together."""
        gauss = self.chance.random.gauss
        towards = self.set("usage", "ceiling_relationship_correlation")
        on = self.set("usage", "ceiling_usage_correlation")
        relation = gauss(0, 1)
        ceiling = towards * relation + math.sqrt(1 - towards**2) * gauss(0, 1)
        return relation, ceiling, on * ceiling + math.sqrt(1 - on**2) * gauss(0, 1)

    def release(self, account, generation):
        if generation != account.generation or not account.living:
            return
        if self.chance.yes(self.set("shocks", "feature_tried")):
            every = round(self.set("shocks", "release_every") / DAY)
            self.on(self.today + self.chance.random.randrange(every // 2), OUTSIDE, self.tries, account, generation)
        self.on(self.today + round(self.set("shocks", "release_every") / DAY), OUTSIDE, self.release, account, generation)

    def tries(self, account, generation):
        if generation == account.generation and account.living:
            self.tell(account, "feature_used")
            account.raise_("ceiling", self.set("shocks", "feature_lift"), 90)
            self.happening("feature_use", account)

    # --- The contract ---

    def closes(self, account):
        day = self.today
        account.living, account.churned = True, None
        account.first_close = day if account.first_close is None else account.first_close
        account.close, account.begin = day, day + self.chance.whole_days(self.set("population", "contract_start_lag"))
        account.terms, account.generation = 0, account.generation + 1
        account.contact, account.lapse, account.adopted = day, 0.0, 0.0
        account.running, account.month_users, account.last_month_users = False, 0.0, 0.0
        account.daily = [0.0] * 28
        account.utilization_published = account.usage_published = None
        self.book(account, "new", account.revenue)
        self.enter(account, "onboarding")
        self.on(day + self.onboarding_days, ONBOARDED, self.onboarded, account, account.generation)
        mean = self.set("usage", "first_ping") / DAY
        after = mean / 2 - (mean / 2 * math.log(1 - self.chance.random.random()) if mean else 0)
        self.on(day + round(after), PING, self.pings, account, account.generation)
        account.signed, account.ripe, account.grown, account.served = None, False, False, 0
        self.lay_out_term(account)
        self.lay_out_year(account, 0)
        self.befall(account)
        self.lay_out(account, "close", day)
        self.ask_next(account, account.generation, self.now)
        self.happening("close", account)

    def lay_out_term(self, account):
        begin = self.date(account.begin)
        account.ends = self.day(months_after(begin, account.term * (account.terms + 1)))
        number = account.terms, account.generation
        account.luck = None
        if self.chance.yes(self.set("renewal", "early")):
            by = self.chance.whole_days(self.set("renewal", "early_by"))
            self.on(account.ends - by, CONTRACT, self.signs_early, account, number)
        self.on(account.ends, TERM_END, self.term_ends, account, number)
        self.on(account.ends - self.renewing_days, WINDOW, self.window_opens, account, number)
        if self.set("assessment", "enabled"):
            self.on(account.ends - int(self.set("assessment", "rha_days")), CARE, self.assess, account, number)

    def book(self, account, kind, cents):
        self.ledger.append((self.today, account.number, kind, cents))

    def term_ends(self, account, number):
        if number != (account.terms, account.generation) or not account.living:
            return
        if account.signed is None:
            account.signed = self.decide(account)
            if account.signed != "churn" and self.chance.yes(self.set("renewal", "late")):
                late = self.chance.random.randint(1, int(self.set("renewal", "late_days")))
                self.on(self.today + late, CONTRACT, self.signs_late, account, number)
                return
        self.takes_effect(account)

    def signs_late(self, account, number):
        if number == (account.terms, account.generation) and account.living:
            self.takes_effect(account)

    def signs_early(self, account, number):
        if number == (account.terms, account.generation) and account.living:
            outcome = self.decide(account)
            if outcome == "churn":
                return
            account.signed = outcome
            self.tell(account, "signed_early")
            if account.signed == "flat":
                before, unchanged = account.revenue, dict(vars(account))
                self.grow(account)
                if account.revenue < before:
                    # A loss counts from the new term on.
                    vars(account).update(unchanged)
                self.book_change(account, before)

    def decide(self, account):
        """Who does not sign early is decided on again at the end of the term, by the same luck."""
        churn, downsize = self.odds(account)
        if account.luck is None:
            account.luck = self.chance.random.random()
        luck = account.luck
        return "churn" if luck < churn else "downsize" if luck < churn + downsize else "flat"

    def takes_effect(self, account):
        before, outcome = account.revenue, account.signed
        early = outcome == "flat" and account.grown
        if outcome == "churn":
            self.renewals.append((before, 0))
            self.churns(account)
            return
        if outcome == "downsize":
            self.downsize(account)
            account.ripe = False
        if not early:
            self.grow(account)
        account.grown = False
        self.bill_true_up(account)
        self.renews(account, before)

    def grow(self, account):
        """What waited for the renewal, and the price."""
        if account.ripe:
            account.ripe = False
            self.expand(account)
        factor = 1 + self.set("renewal", "price_change")
        account.price, account.rest = round(account.price * factor), round(account.rest * factor)
        account.grown = True

    def downsize(self, account):
        before = account.seats
        share = self.chance.draw(self.set("renewal", "downsize_size"))
        account.seats = max(round(before * (1 - share)), min(before, int(self.set("population", "smallest_package"))))
        ceiling = min(self.ceiling(account) * before / account.seats, 0.97)
        if self.kernel["ceiling_spread"] > 0:
            place = (ceiling - self.kernel["ceiling"]) / self.kernel["ceiling_spread"]
            account.ceiling = max(account.ceiling, place)

    def ripens(self, account, number):
        """The day of the contract year on which an expansion may ripen."""
        if number != account.generation or not account.living:
            return
        if not self.chance.yes(self.set("renewal", "expansion") * 365):
            return
        if not account.running or self.utilization(account) < self.set("renewal", "expansion_from"):
            return
        if account.signed is None and account.ends - self.today <= self.set("renewal", "expansion_with_renewal"):
            account.ripe = True
            return
        before = account.revenue
        self.expand(account)
        self.book_change(account, before)

    def expand(self, account):
        products = self.set("population", "products")
        if account.products != "both" and self.chance.yes(self.set("renewal", "cross_sell")):
            account.price = round(account.price * products["both"]["list_price"] / products[account.products]["list_price"])
            account.products = "both"
            return
        years = (self.today - account.close) / 365
        developers = account.developers * (1 + self.set("renewal", "developer_growth")) ** years
        most = int(self.set("renewal", "expansion_limit") * developers)
        wanted = round(account.seats * (1 + self.chance.draw(self.set("renewal", "expansion_size"))))
        self.seats_become(account, max(account.seats, min(wanted, most)))

    def seats_become(self, account, seats):
        """New seats start unused."""
        account.adopted *= account.seats / seats
        account.seats = seats

    def anniversary(self, account, generation, year):
        if generation == account.generation and account.living:
            self.lay_out_year(account, year)
            if account.ends != self.today:
                before = account.revenue
                self.bill_true_up(account)
                self.book_change(account, before)

    def bill_true_up(self, account):
        if account.soft and self.set("renewal", "true_up") and account.last_month_users > account.seats:
            self.seats_become(account, math.ceil(account.last_month_users))

    def lay_out_year(self, account, year):
        begin = self.date(account.begin)
        first, last = (self.day(months_after(begin, 12 * (year + more))) for more in (0, 1))
        self.on(self.chance.random.randrange(first, last), CONTRACT, self.ripens, account, account.generation)
        self.on(last, CONTRACT, self.anniversary, account, account.generation, year + 1)

    def book_change(self, account, before):
        change = account.revenue - before
        if change:
            self.book(account, "expansion" if change > 0 else "contraction", change)

    def renews(self, account, before):
        self.book_change(account, before)
        self.renewals.append((before, min(account.revenue, before)))
        self.tell(account, "renewed", account.revenue)
        account.terms, account.signed, account.served = account.terms + 1, None, 0
        self.leave_lighthouse(account, saved=True)
        self.lay_out_term(account)
        passed = self.passes(account)
        self.enter(account, "nurturing" if passed else "adopting")
        self.happening("renewed", account)

    def churns(self, account):
        self.book(account, "churned", -account.revenue)
        self.tell(account, "churned")
        account.living, account.churned = False, self.today
        account.churned_first = self.today if account.churned_first is None else account.churned_first
        account.generation += 1
        account.stage = None
        self.leave_lighthouse(account, saved=False)
        self.happening("churned", account)
        if self.chance.yes(self.set("renewal", "win_back")):
            after = self.chance.whole_days(self.set("renewal", "win_back_after"))
            self.on(self.today + after, CLOSE, self.comes_back, account)

    def comes_back(self, account):
        self.tell(account, "won_back")
        account.lifts = {}
        account.band = "yellow"
        account.noticed_champion = account.champion
        self.closes(account)

    def odds(self, account, hidden=True):
        """The odds of churn and of a downsize at a renewal today; or those that can be seen."""
        constant = self.set("renewal", "constant_churn")
        if constant is not None:
            churn, downsize = constant, 0.0
        else:
            level = self.utilization(account) if account.running else 0.0
            use = (level - 0.70) / 0.15 / 2 + (self.usage_level(account) - 0.28) / 0.08 / 2
            weight = self.set("renewal", "usage_weight")
            standing = weight * use + (1 - weight) * self.relationship(account)
            influence = account.lift("odds") + self.fading_change(account) * self.set("renewal", "company_change_odds")
            influence += account.hidden if hidden else 0.0
            churn = logistic(self.curve("churn", standing, [-2.79, -2.20]) + influence)
            downsize = logistic(self.curve("downsize", standing, [-0.76, -2.25]) + influence / 2)
        stay = account.in_lighthouse
        served = account.served + (self.today - stay.presented if stay and stay.presented is not None else 0)
        full = self.set("lighthouse", "full_after") / DAY
        if hidden and served:
            churn *= 1 - self.set("lighthouse", "churn_cut") * (min(1.0, served / full) if full else 1.0)
        return churn, min(downsize, 1 - churn)

    def curve(self, what, standing, beyond):
        """Log odds: straight between the three anchors, with stated slopes for two more on either side."""
        rates = self.set("renewal", what)
        (x0, y0), (x1, y1), (x2, y2) = anchors = [
            (self.set("renewal", "standing_" + band), logit(rates[band])) for band in ("red", "yellow", "green")]
        if standing < x0:
            return y0 + beyond[0] * max(standing - x0, -2.0)
        if standing > x2:
            return y2 + beyond[1] * min(standing - x2, 2.0)
        if standing <= x1:
            return y0 + (y1 - y0) * (standing - x0) / (x1 - x0)
        return y1 + (y2 - y1) * (standing - x1) / (x2 - x1)

    # --- Stages ---

    def enter(self, account, stage):
        if account.stage == stage and account.living and account.close != self.today:
            return
        account.stage = stage
        self.tell(account, "stage", stage)
        if stage == "nurturing" and account.nurturing_day is None:
            account.nurturing_day = self.today
        for point in self.points:
            if point.get("on") == "stage_entry" and stage in point["stages"]:
                self.happens(account, point)
            # A band held since before counts when a stage it is meant for begins.
            if point.get("on") == "band_change" and stage in point["stages"] and account.band in point["bands"]:
                self.happens(account, point)

    def onboarded(self, account, generation):
        if generation == account.generation and account.stage == "onboarding":
            self.enter(account, "adopting")
            self.on(self.today, GATE, self.gate, account)

    def window_opens(self, account, number):
        if number == (account.terms, account.generation) and account.living:
            self.enter(account, "renewing")

    def passes(self, account):
        utilization, usage = account.utilization_published, account.usage_published
        if utilization is None or usage is None:
            return False
        return utilization > self.utilization_gate and usage > self.usage_gate

    def gate(self, account):
        if account.living and account.stage == "adopting" and self.passes(account):
            self.enter(account, "nurturing")

    def pings(self, account, generation):
        if generation != account.generation:
            return
        account.ping, account.running = self.today, True
        account.adopted = self.kernel["initial"]
        self.tell(account, "first_ping")
        self.lay_out(account, "production_ready", self.today)
        self.happening("first_ping", account)
        self.on(self.today + int(self.set("stages", "goal_days")), PING, self.goal, account, generation)

    def goal(self, account, generation):
        if generation == account.generation:
            reached = (account.utilization_published or 0) >= self.set("stages", "onboarding_goal")
            self.goals.append(reached)
            self.tell(account, "goal", "reached" if reached else "missed")

    # --- Touchpoints: when ---

    def lay_out(self, account, clock, origin):
        """All dates of touchpoints that count from `clock`."""
        for point in self.points:
            if "on" in point or point["from"].get("clock", "close") != clock:
                continue
            if point.get("at"):
                for after in point["at"]:
                    self.offer(account, point, origin + int(point["from"].get("after", 0) / DAY + after / DAY))
            else:
                self.recur(account, point, account.generation, None)

    def recur(self, account, point, generation, last):
        """The next date of a recurring touchpoint after the date `last`; each begets the next."""
        if generation != account.generation:
            return
        earliest = self.date(account.close) + timedelta(point["from"].get("after", 0) // DAY)
        if point["each"] == "month_end":
            # The first of a month is the end of the month before.
            date = next_month(last or earliest)
        elif point["each"] == "calendar_quarter":
            date = next_month(last or earliest)
            while date.month % 3 != 1:
                date = next_month(date)
        else:
            step = 12 // int(point["times_per_year"])
            number = 1
            begin = self.date(account.begin)
            while (date := months_after(begin, step * number)) <= (last or earliest):
                number += 1
        day = self.day(date)
        if day >= self.horizon + 400:
            return
        self.on(day, TOUCH, self.recurs, account, point, generation, date)

    def recurs(self, account, point, generation, date):
        if generation == account.generation:
            self.offer(account, point, self.today)
            self.recur(account, point, generation, date)

    def offer(self, account, point, day):
        """The touchpoint comes due at nine, so many days after `day`."""
        date = self.date(day)
        delay = point.get("delay")
        if delay is not None:
            days = self.chance.whole_days(delay)
            date = working_days_after(date, days) if point["working_days"] else date + timedelta(days)
        if point["channel"] in ("call", "webinar", "document"):
            date = working_days_after(date, 0)
        self.at(max(self.day(date) * DAY + NINE, self.now), TOUCH, self.due, account, point, account.generation)

    def happening(self, what, account):
        for point in self.points:
            if point.get("on") == what:
                self.happens(account, point)

    def happens(self, account, point, rating=None):
        """Something has happened that starts the touchpoint."""
        if "cooldown" in point:
            last = account.last_touch.get(point["name"])
            if last is not None and (self.now - last) < point["cooldown"]:
                return
        if point.get("ratings") and rating not in point["ratings"]:
            return
        if point.get("stages") and point["on"] != "stage_entry" and account.stage not in point["stages"]:
            return
        if point["on"] in ("request", "help_asked"):
            self.at(self.now, TOUCH, self.due, account, point, account.generation)
        else:
            self.offer(account, point, self.today)
        account.last_touch[point["name"]] = self.now

    # --- Touchpoints: what ---

    def due(self, account, point, generation):
        if generation != account.generation or not account.living:
            return
        if point.get("stages") and account.stage not in point["stages"]:
            return
        if point.get("bands") and account.band not in point["bands"]:
            return
        if point.get("products") and account.products not in point["products"]:
            return
        people = {account.people[role] for role in point["audience"]} - {None}
        missing = any(account.people[role] is None for role in point["audience"])
        if missing and point["channel"] in ("mail", "survey"):
            self.tell(account, "nobody_in_role", point["name"])
        self.tell(account, "touchpoint_due", point["name"])
        self.count["due"] += 1
        if point.get("repeat"):
            self.at(self.now + point["cooldown"], TOUCH, self.again, account, point, generation)
        if point["channel"] in ("mail", "survey"):
            if people:
                self.send(account, point, people)
            return
        if point["channel"] == "document":
            self.work(account, point)
            return
        if not self.chance.yes(point["accepted"]):
            self.tell(account, "touchpoint_declined", point["name"])
            return
        self.work(account, point)

    def again(self, account, point, generation):
        if generation == account.generation and account.living and account.band in point["bands"]:
            started = self.now - account.last_touch[point["name"]] < point["cooldown"]
            if account.stage in point["stages"] and not started:
                account.last_touch[point["name"]] = self.now
                self.due(account, point, generation)

    def work(self, account, point):
        minutes = self.chance.draw(point.get("effort", 0)) / 60
        if point["owner"] == "advisors":
            account.minutes += minutes
        self.count["done"] += 1
        self.tell(account, "touchpoint_done", point["name"])
        if point["channel"] in ("call", "webinar"):
            self.contacted(account)
            if point["fills_roles"]:
                for role in ROLES:
                    if account.people[role] is None and self.chance.yes(point["fills_roles"]):
                        account.people[role] = ROLES.index(role)
                        if role == "champion":
                            account.champion = account.noticed_champion = True
            self.leave_behind(account, point, 1.0)
        elif point.get("on") in ("request", "help_asked"):
            self.contacted(account)

    def contacted(self, account):
        account.contact = self.today

    def send(self, account, point, people):
        self.count["done"] += 1
        self.tell(account, "touchpoint_done", point["name"])
        for _ in sorted(people):
            strength = self.fatigue(account)
            if point["channel"] == "survey":
                self.count["surveys"] += 1
                if not self.chance.yes(point["answered"]):
                    continue
                self.count["answers"] += 1
                good = self.chance.yes(self.set("responses", "good_feedback"))
                account.feedback = min(max(account.feedback + (0.1 if good else -0.2), -1.0), 1.0)
            elif not self.chance.yes(point["opened"]):
                continue
            if self.chance.yes(point["asks_for_help"]):
                self.count["helps"] += point["channel"] == "survey"
                self.happening("help_asked", account)
            self.leave_behind(account, point, strength)

    def fatigue(self, account):
        block, inside = divmod(self.today, 30)
        account.mails.append(block)
        count = account.mails.count(block) + account.mails.count(block - 1) * (1 - inside / 30)
        return 0.5 if self.set("responses", "fatigue") and count > self.set("responses", "fatigue_mails") else 1.0

    KINDS = {"adoption_speed": "pace", "adoption_ceiling": "ceiling", "engagement": "usage",
             "relationship": "relationship", "renewal_odds": "odds"}

    def leave_behind(self, account, point, strength):
        effect = point["effect"]
        half_life = effect.get("half_life", 0) / DAY or None
        for name, kind in self.KINDS.items():
            if name in effect:
                size = effect[name] if name != "renewal_odds" else -math.log(effect[name])
                account.raise_(kind, size * strength, half_life)
        if "adoption_pace" in effect:
            account.raise_("pace", (effect["adoption_pace"] - 1) * strength, half_life)
        if "recovers" in effect and self.chance.yes(effect["recovers"] * strength):
            account.raise_("ceiling", effect["recovery"], half_life)

    # --- Requests ---

    def ask_next(self, account, generation, since):
        between = self.set.file["responses"].get("between_requests")
        if between is None:
            rate = self.set("responses", "requests") * 7 / 5
            if rate <= 0:
                return
            since += -math.log(1 - self.chance.random.random()) / rate * DAY
        else:
            since += self.chance.draw(self.set("responses", "between_requests"))
        day, second = divmod(since, DAY)
        self.at(day * DAY + NINE + second / 3, REQUEST, self.asks, account, generation, since)

    def asks(self, account, generation, since):
        if generation != account.generation or not account.living:
            return
        if working(self.date()):
            self.tell(account, "requested")
            self.happening("request", account)
        self.ask_next(account, generation, since)

    # --- Assessment and Lighthouse ---

    def assess(self, account, number):
        if number != (account.terms, account.generation) or not account.living:
            return
        account.minutes += self.chance.draw(self.set("assessment", "effort")) / 60
        churn, _ = self.odds(account, hidden=False)
        rating = "red" if churn >= 0.25 else "yellow" if churn >= 0.10 else "green"
        if rating == "green":
            rating = "red" if self.chance.yes(self.set("assessment", "false_alarm")) else "green"
        elif self.chance.yes(self.set("assessment", "risk_missed")):
            rating = "green"
        self.tell(account, "rated", rating)
        self.happens_rated(account, rating)
        if rating != "green":
            account.in_lighthouse = Stay(self.today)
            self.lighthouse.append(account)
            self.count["entries"] += 1
            account.minutes += self.chance.draw(self.set("lighthouse", "entry_effort")) / 60
            self.tell(account, "lighthouse_entered")

    def happens_rated(self, account, rating):
        for point in self.points:
            if point.get("on") == "assessment":
                self.happens(account, point, rating)

    def lighthouse_meets(self):
        first = (7 - self.start.weekday()) % 7
        sync = (self.today - first) % round(self.set("lighthouse", "sync_every") / DAY) == 0
        for account in list(self.lighthouse):
            stay = account.in_lighthouse
            account.minutes += self.chance.draw(self.set("lighthouse", "weekly_effort")) / 60
            self.contacted(account)
            if not sync:
                continue
            if stay.presented is None:
                stay.presented = self.today
                self.tell(account, "lighthouse_presented")
            else:
                stay.healthy = stay.healthy + 1 if account.band == "green" else 0
                if stay.healthy == self.set("lighthouse", "exit_checks"):
                    self.leave_lighthouse(account, saved=True)

    def leave_lighthouse(self, account, saved):
        if account.in_lighthouse:
            stay = account.in_lighthouse
            self.stays.append((self.today - stay.entered, saved))
            account.served += self.today - stay.presented if stay.presented is not None else 0
            account.in_lighthouse = None
            self.lighthouse.remove(account)
            self.tell(account, "lighthouse_left")

    # --- Customers ---

    def generate(self):
        """A book that closes on the first day, and those who arrive later."""
        s, chance = self.set, self.chance
        count = int(s("population", "accounts"))
        for number in range(count):
            self.accounts.append(self.customer(number))
            self.on(0, CLOSE, self.closes, self.accounts[-1])
        heavy = s("population", "quarter_end_weight")
        daily = s("population", "arrivals") * count / ((2 + heavy) / 3)
        for day in range(self.horizon):
            mean = daily * (heavy if self.date(day).month % 3 == 0 else 1)
            since = -math.log(1 - chance.random.random()) / mean if mean else 1
            while since < 1:
                self.accounts.append(self.customer(len(self.accounts)))
                self.on(day, CLOSE, self.closes, self.accounts[-1])
                since += -math.log(1 - chance.random.random()) / mean

    def pick(self, shares):
        """The place of one of some shares."""
        left = self.chance.random.random() * sum(shares)
        for place, share in enumerate(shares):
            left -= share
            if left < 0:
                return place
        return len(shares) - 1

    def customer(self, number):
        s, random = self.set, self.chance.random
        account = Account(number)
        value = s.value
        groups = s.file["population"]["group"]
        stated = [value(group["share"]) if "share" in group else None for group in groups]
        rest = 1 - sum(share for share in stated if share is not None)
        group = groups[self.pick([rest if share is None else share for share in stated])]
        account.segment = group["segment"]
        mix = s("population", "products")
        names = list(mix)
        account.products = names[self.pick([mix[name]["share"] for name in names])]
        shares = {name: mix[name]["share"] for name in names}
        lists = {name: mix[name]["list_price"] for name in names}
        mean = sum(shares[name] * lists[name] for name in names) / sum(shares.values())
        typical = s("population", "price_per_seat") * lists[account.products] / mean
        spread = s("population", "price_spread")
        least, most = value(group.get("arr_from", 0)), value(group["arr_below"]) if "arr_below" in group else math.inf
        shape = s("population", "seats_share")
        while True:
            low, high = math.log(group["developers_from"]), math.log(group["developers_to"])
            developers = math.exp(random.uniform(low, high))
            price = typical * math.exp(random.gauss(-spread * spread / 2, spread))
            price = round(min(max(price, s("population", "price_from")), s("population", "price_to")))
            fewest = max(math.ceil(least / price), s("population", "smallest_package"))
            largest = math.ceil(most / price) - 1 if most < math.inf else math.inf
            from_, to = (triangular_share(shape, seats / developers) for seats in (fewest, largest + 1))
            if to - from_ > 0.001:
                break
        account.developers = developers
        drawn = triangular_quantile(shape, random.uniform(from_, to)) * developers
        account.seats = int(min(max(math.floor(drawn), fewest), largest))
        account.price, account.rest = price * 100, 0
        terms = s.file["population"]["term"]
        term = terms[self.pick([value(term["share"]) for term in terms])]
        account.term = value(term["length"])
        self.character(account)
        return account

    def character(self, account):
        """What sets an account apart, beyond what it has bought."""
        s, chance = self.set, self.chance
        gauss = chance.random.gauss
        account.relation, account.ceiling, account.usage = self.traits()
        account.hidden = s("renewal", "hidden_spread") * gauss(0, 1)
        account.pace = max(math.exp(s("usage", "pace_spread") * gauss(0, 1)), s("population", "slowest_pace"))
        account.misreading = math.sqrt(1 - s("population", "sentiment_correlation") ** 2) * gauss(0, 1)
        account.soft = chance.yes(s("population", "soft_cap"))
        # As likely as stated, and likelier with a better relationship: a normal number with correlation 0.7 to it.
        access = s("population", "buyer_access")
        if access < 1:
            account.buyer = (account.relation + gauss(0, 1)) / math.sqrt(2) > NormalDist().inv_cdf(1 - access)
        account.navigation = chance.yes(s("population", "code_navigation"))
        known = []
        for role in ROLES:
            account.people[role] = None
            if chance.yes(s("population", "role_present")):
                shared = known and chance.yes(s("population", "role_shared"))
                account.people[role] = known[-1] if shared else ROLES.index(role)
                known.append(account.people[role])
        account.champion = account.noticed_champion = account.people["champion"] is not None

    # --- Metrics ---

    def metrics(self):
        """The numbers of one replication, by the definitions of `docs/reference/metrics.md`."""
        days = {stage: sum(account.days[stage] for account in self.accounts) for stage in self.accounts[0].days}
        bands = {band: sum(account.band_days[band] for account in self.accounts) for band in ("green", "yellow", "red")}
        lived = sum(days.values())
        years = lived / 365
        hours = sum(account.minutes for account in self.accounts) / 60
        money = dict.fromkeys(["new", "expansion", "contraction", "churned"], 0)
        for day, _, kind, cents in self.ledger:
            if day > 0 or self.lists:
                money[kind] += abs(cents) / 100
        opening = sum(cents for day, _, _, cents in self.ledger if day == 0 and not self.lists) / 100
        values = self.retention() | {"days_to_nurturing_median": self.median_to_nurturing()}
        usages = [usage for _, usage in self.months if usage is not None]
        values |= {
            "gross_renewal_rate": ratio(sum(new for _, new in self.renewals), sum(old for old, _ in self.renewals)),
            "contract_renewal_rate": ratio(sum(new > 0 for _, new in self.renewals), len(self.renewals)),
            "opening_arr": opening,
            "closing_arr": sum(account.revenue for account in self.accounts) / 100,
            **{f"{kind}_arr": amount for kind, amount in money.items()},
            "utilization_healthy_share": mean(u >= self.set("program", "utilization_target") for u, _ in self.months),
            "usage_healthy_share": mean(usage >= self.set("program", "usage_target") for usage in usages),
            "utilization_goal_attainment": mean(self.goals),
            "utilization_mean": mean(utilization for utilization, _ in self.months),
            "usage_mean": mean(usages),
            "stage_share_prospect": 0.0,
            **{f"stage_share_{stage}": count / lived for stage, count in days.items()},
            **{f"health_share_{band}": count / lived for band, count in bands.items()},
            "advisor_hours_per_account_year": (hours + self.upkeep_minutes / 60) / years,
            "touchpoints_due": self.count["due"] / years,
            "touchpoints_done": self.count["done"] / years,
            # Without a pool nothing waits.
            **dict.fromkeys(["touchpoints_late", "touchpoints_dropped", "touchpoints_degraded"], 0.0),
            "survey_response_share": ratio(self.count["answers"], self.count["surveys"]),
            "help_request_share": ratio(self.count["helps"], self.count["answers"]),
            "lighthouse_entries": self.count["entries"],
            "lighthouse_concurrent_mean": self.count["members"] / self.horizon,
            "lighthouse_weeks_mean": mean(stayed / 7 for stayed, _ in self.stays),
            "lighthouse_save_rate": mean(saved for _, saved in self.stays),
            "net_value": self.set("value", "margin") * self.earned
            - (hours + self.upkeep_minutes / 60) / self.set("value", "advisor_hours") * self.set("value", "advisor_cost"),
        }
        first = [account for account in self.accounts if account.first_close == 0]
        worked = sum(account.minutes for account in first) / 60
        if not self.lists:
            kept = sum(account.revenue for account in first if account.churned_first is None) / 100
            values["net_revenue_per_advisor_hour"] = (kept - opening) / worked
        return values

    def median_to_nurturing(self):
        """When half of those who closed in the run have reached Nurturing, churn being a competing risk."""
        ends = []
        for account in self.accounts:
            if account.first_close is None or (account.first_close == 0 and not self.lists):
                continue
            reached, left = account.nurturing_day, account.churned_first
            if reached is not None and (left is None or reached <= left):
                ends.append((reached - account.first_close, "reached"))
            else:
                ends.append(((self.horizon if left is None else left) - account.first_close, "left" if left else ""))
        still, share = 1.0, 0.0
        for day in sorted({day for day, _ in ends}):
            at_risk = sum(end >= day for end, _ in ends)
            reached, left = (sum(end == (day, how) for end in ends) for how in ("reached", "left"))
            share += still * reached / at_risk
            still *= 1 - (reached + left) / at_risk
            if share >= 0.5:
                return day
        return None

    def retention(self):
        """Gross, net and logo retention over whole windows of twelve months, weighted by opening revenue."""
        totals = [0.0, 0.0, 0.0, 0.0]
        starts = [self.day(months_after(self.start, 12 * year)) for year in range(self.horizon // 365 + 1)]
        for opens, closes in zip(starts, starts[1:]):
            if closes > self.horizon:
                break
            held = self.book_at(opens)
            later = self.book_at(closes)
            left = {number for day, number, kind, _ in self.ledger if kind == "churned" and opens <= day < closes}
            opening = sum(held.values())
            if not opening:
                continue
            closing = {number: 0 if number in left else later.get(number, 0) for number in held}
            totals[0] += opening
            totals[1] += sum(min(closing[number], held[number]) for number in held)
            totals[2] += sum(closing.values())
            totals[3] += opening * sum(number not in left for number in held) / len(held)
        names = ["gross_revenue_retention", "net_revenue_retention", "logo_retention"]
        return {name: ratio(total, totals[0]) for name, total in zip(names, totals[1:])}

    def book_at(self, day):
        """Revenue by account before anything of `day` has happened; on day 0, what the book opens with."""
        book = {}
        for booked, number, _, cents in self.ledger:
            if booked < day or (day == 0 == booked and not self.lists):
                book[number] = book.get(number, 0) + cents
        return {number: cents for number, cents in book.items() if cents}


def ratio(part, whole):
    return part / whole if whole else None


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None

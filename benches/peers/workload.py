"""The workload of README.md with NumPy: vectors over accounts, a loop over days. Prints one JSON object.

    python workload.py [ACCOUNTS] [ADVISORS]
"""

import json
import sys
import time
from collections import deque

import numpy as np

DAYS = 1095
DAY_MINUTES = 300
MAIL_LIFT, CALL_LIFT, FADING = 0.005, 0.02, 0.995
ONBOARDING, ADOPTING, NURTURING, RENEWING, LIGHTHOUSE = range(5)


def plan(accounts):
    """Returns, for each day, who gets a mail, a call of 30 minutes and a call of 60 minutes."""
    number = np.arange(accounts)
    mails, short, long = ([[] for _ in range(DAYS)] for _ in range(3))

    def spread(calendar, first, over):
        for place in range(over):
            if first + place < DAYS:
                calendar[first + place].append(number[place::over])

    spread(short, 0, 28)
    spread(short, 90, 7)
    for day in (7, 14, 30, 60):
        mails[day].append(number)
    for day in range(91, DAYS, 91):
        spread(short, day, 91)
    for day in range(182, DAYS, 182):
        spread(long, day, 182)
    for day in range(30, DAYS, 30):
        spread(mails, day, 30)
    nobody = np.empty(0, dtype=int)
    return [
        tuple(np.concatenate(calendar[day]) if calendar[day] else nobody for calendar in (mails, short, long))
        for day in range(DAYS)
    ]


class Desk:
    """Calls in one line, first come first served; a call must fit into what is left of somebody's day."""

    def __init__(self, advisors):
        self.advisors = advisors
        self.waiting = deque()

    def work(self):
        """Returns the accounts called today."""
        left = [DAY_MINUTES] * self.advisors
        called = []
        turn = 0
        while self.waiting:
            account, minutes = self.waiting[0]
            for _ in range(self.advisors):
                turn = (turn + 1) % self.advisors
                if left[turn] >= minutes:
                    break
            else:
                break
            left[turn] -= minutes
            called.append(account)
            self.waiting.popleft()
        return np.array(called, dtype=int)


def live(accounts, advisors, calendar, seed):
    """Returns (living account-days, events, share of renewals won)."""
    rng = np.random.default_rng(seed)
    seats = np.clip(rng.lognormal(5.0, 1.0, accounts), 20, 5000)
    ceiling, pace = rng.uniform(0.4, 1.0, accounts), rng.uniform(0.01, 0.05, accounts)
    midpoint, ratio = rng.uniform(30, 180, accounts), rng.uniform(0.15, 0.55, accounts)
    lift, weekly, weekly_ratio = np.zeros(accounts), np.zeros(accounts), np.zeros(accounts)
    stage = np.full(accounts, ONBOARDING, dtype=np.int8)
    alive = np.ones(accounts, dtype=bool)
    desk = Desk(advisors)
    account_days = events = won = lost = 0
    monthly_users = daily_users = 0.0
    for day, (mails, short, long) in enumerate(calendar):
        working = day % 7 < 5
        curve = ceiling / (1.0 + np.exp(-pace * (day - midpoint)))
        utilization = np.clip(curve * (1.0 + 0.05 * rng.standard_normal(accounts)) + lift, 0.0, 1.0)
        level = ratio * (1.0 + 0.1 * rng.standard_normal(accounts)) * (1.0 if working else 0.35)
        usage = np.clip(level + lift / 2.0, 0.0, 1.0)
        users = seats * utilization * alive
        monthly_users += users.sum()
        daily_users += (users * usage).sum()
        weekly += (utilization - weekly) / 7.0
        if working:
            weekly_ratio += (usage - weekly_ratio) / 7.0
        lift *= FADING
        account_days += int(alive.sum())

        for who, minutes in ((short, 30), (long, 60)):
            who = who[alive[who]]
            desk.waiting.extend((account, minutes) for account in who.tolist())
            events += who.size
        mails = mails[alive[mails]]
        lift[mails] += MAIL_LIFT
        events += mails.size

        if day == 60:
            stage[alive] = ADOPTING
            events += int(alive.sum())
        adopted = alive & (stage == ADOPTING) & (weekly > 0.8) & (weekly_ratio > 0.3)
        stage[adopted] = NURTURING
        events += int(adopted.sum())
        of_year = day % 365
        if of_year == 245:
            stage[alive] = RENEWING
            events += int(alive.sum())
        if of_year >= 245:
            at_risk = np.flatnonzero(alive & (stage == RENEWING) & (weekly < 0.4))
            stage[at_risk] = LIGHTHOUSE
            desk.waiting.extend((account, 60) for account in at_risk.tolist())
            events += 2 * at_risk.size
        if of_year == 364:
            churn = 0.02 + 0.35 * (1.0 - weekly) ** 2
            churn[stage == LIGHTHOUSE] *= 0.7
            leaves = alive & (rng.random(accounts) < churn)
            events += int(alive.sum())
            alive &= ~leaves
            lost, won = lost + int(leaves.sum()), won + int(alive.sum())
            stage[alive] = ADOPTING
        if working:
            called = desk.work()
            np.add.at(lift, called[alive[called]], CALL_LIFT)
            events += 2 * called.size
    return account_days, events, won / (won + lost)


def main():
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    advisors = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    calendar = plan(accounts)
    began = time.process_time()
    account_days, events, retention = live(accounts, advisors, calendar, seed=1)
    seconds = time.process_time() - began
    print(json.dumps({"cpu_seconds": seconds, "account_days": account_days, "events": events, "retention": retention}))


if __name__ == "__main__":
    main()

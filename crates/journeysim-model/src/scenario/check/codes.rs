//! The kinds of faults between settings.

use crate::language::fault_codes;

fault_codes! {
    /// Every kind of fault that the check of a scenario can report.
    BEFORE_THE_CALENDAR = "before-the-calendar": "The history of the opening book reaches back before 1901.";
    BEYOND_THE_CALENDAR = "beyond-the-calendar": "The horizon, and the four years kept after it, pass 2099.";
    NO_REPLICATIONS = "no-replications": "A run without a single replication.";
    CERTAIN_INTERVAL = "certain-interval": "An interval with a confidence of 0 or 100 per cent.";
    REPEATED_ENTRY = "repeated-entry": "One thing listed twice.";
    EMPTY_LIST = "empty-list": "A list with nothing in it, so that nothing could follow from it.";
    ZERO_DURATION = "zero-duration": "A duration of zero where time must pass.";
    PART_OF_A_DAY = "part-of-a-day": "A duration in broken days where the journey counts whole ones.";
    UNUSED_SETTING = "unused-setting": "A setting that does nothing beside the others.";

    UNKNOWN_VARIANT = "unknown-variant": "A name that no variant has.";
    VARIANT_CHANGES_NOTHING = "variant-changes-nothing": "A variant that is the same as the baseline.";
    VARIANT_OF_ALL = "variant-of-all": "A variant changes what all variants share.";
    EXPECT_NOTHING = "expect-nothing": "An expectation of neither a metric nor a digest.";
    EXPECT_TWO_THINGS = "expect-two-things": "An expectation of a metric and a digest at once.";
    EXPECT_INCOMPLETE = "expect-incomplete": "An expectation without its relation or its value.";
    EXPECT_ITSELF = "expect-itself": "A difference between a variant and itself.";
    EXPECT_TOO_EARLY = "expect-too-early": "Retention is expected of a run under a year, which has no window for it.";
    FACTOR_UNBOUNDED = "factor-unbounded": "A factor or decision without the values it may take.";
    FACTOR_TWICE_BOUNDED = "factor-twice-bounded": "A factor or decision with listed values and bounds at once.";
    FACTOR_OF_ONE_VALUE = "factor-of-one-value": "A factor or decision with one value, which varies nothing.";
    FACTOR_MISWRITTEN = "factor-miswritten": "Bounds with nothing between them, or not in one unit.";
    DESIGN_SIZE = "design-size": "A design of no variants, or of more than can be run.";
    LIMIT_RELATION = "limit-relation": "A limit that is neither an upper nor a lower one.";
    LIMITS_CONTRADICT = "limits-contradict": "Two limits on one metric with nothing between them.";
    FRONTIER_PAIR = "frontier-pair": "A frontier of other than two metrics.";
    BUDGET_TOO_SMALL = "budget-too-small": "A budget that is spent before a question can be answered.";
    FIRST_STAGE_TOO_SHORT = "first-stage-too-short": "A first stage of under three replications, which shows no spread.";
    NO_ASSUMPTIONS = "no-assumptions": "A question about assumptions where none has a range.";
    ASSUMPTION_UNUSED = "assumption-unused": "A question about an assumption that the scenario does not use.";
    METHOD_MISFIT = "method-misfit": "A method that cannot answer what it is asked.";
    TOO_FEW_POINTS = "too-few-points": "A method with too few points to say anything.";
    DIGEST_MALFORMED = "digest-malformed": "A digest that is not 64 hexadecimal digits.";

    PRECISION_INCOMPLETE = "precision-incomplete": "A precision without a width, or with two.";
    PRECISION_WITHOUT_LIMIT = "precision-without-limit": "A first batch that leaves no room for precision.";

    SHARES_NOT_WHOLE = "shares-not-whole": "Shares that do not add up to 100 per cent.";
    SECOND_REST = "second-rest": "More than one group of customers without a share.";
    DEVELOPERS_REVERSED = "developers-reversed": "Fewest developers above most developers.";
    DEVELOPERS_OUTSIDE = "developers-outside": "Developers that belong to another segment.";
    REVENUE_REVERSED = "revenue-reversed": "Bounds of recurring revenue with nothing between them.";
    REVENUE_IMPOSSIBLE = "revenue-impossible": "Recurring revenue that no number of seats and no price gives.";
    NO_SEATS = "no-seats": "A smallest package of no seats.";
    PRICE_REVERSED = "price-reversed": "The least price above the largest.";
    PRICE_OUTSIDE = "price-outside": "A mean price outside the least and the largest.";
    PRICE_OF_NOTHING = "price-of-nothing": "A price below one unit of the currency.";
    PRICE_RUNS_AWAY = "price-runs-away": "Changes of price that lead to nothing or beyond all money.";
    TERM_TOO_SHORT = "term-too-short": "A term under 180 days.";
    TERM_TOO_LONG = "term-too-long": "A term that may end after the calendar of the run.";
    CORRELATION_IMPOSSIBLE = "correlation-impossible": "A correlation outside -1 to 1.";
    POINTS_UNORDERED = "points-unordered": "Points of a distribution that do not rise from above zero.";
    CAP_BELOW_SEATS = "cap-below-seats": "A soft cap that allows less than a hard one.";

    CURVE_INCOMPLETE = "curve-incomplete": "An adoption curve without one of its coefficients.";
    INITIAL_IMPOSSIBLE = "initial-impossible": "A share at the start from which half of the ceiling is never passed.";
    STANDING_ORDER = "standing-order": "Standings of red, yellow and green accounts that do not rise.";
    CERTAIN_ODDS = "certain-odds": "Odds of 0 or 100 per cent, which nothing can move.";
    BETA_INCOMPLETE = "beta-incomplete": "A beta distribution with one parameter.";
    CHURN_TWICE = "churn-twice": "Two rules for churn, each instead of everything else.";
    LATE_BY_NOTHING = "late-by-nothing": "Late signatures with a longest delay of no days.";
    MORE_THAN_ALL = "more-than-all": "A part that may be more than the whole.";

    THRESHOLDS_CROSSED = "thresholds-crossed": "A threshold on the wrong side of its neighbour.";
    OFF_THE_SCALE = "off-the-scale": "A limit outside the scale of scores.";
    WEIGHTS_NOT_WHOLE = "weights-not-whole": "Weights that do not add up to 100 per cent.";
    ASSESSMENT_OUTSIDE_TERM = "assessment-outside-term": "An assessment that lies outside every term.";
    LIGHTHOUSE_NOBODY = "lighthouse-nobody": "A Lighthouse program that nobody can enter or stay in.";
    PART_OF_A_WEEK = "part-of-a-week": "Lighthouse syncs at an interval that is not whole weeks.";

    GATE_OUT_OF_REACH = "gate-out-of-reach": "A gate that no account can pass.";
    RENEWING_FILLS_TERM = "renewing-fills-term": "A renewal window as long as every term.";
    NO_ROOM_FOR_ADOPTING = "no-room-for-adopting": "Onboarding and Renewing leave no day between them.";
    GOAL_WITHOUT_DAYS = "goal-without-days": "A goal to be reached in no days.";
    NURTURING_NEVER_LOST = "nurturing-never-lost": "A fallback that can never happen.";

    TRIGGER_MISSING = "trigger-missing": "A touchpoint that says nothing about when.";
    TRIGGER_TWICE = "trigger-twice": "A touchpoint that says twice when.";
    TIMES_PER_YEAR = "times-per-year": "A number of times a year that is none, or more than monthly.";
    AUDIENCE_MISSING = "audience-missing": "A mail or survey to nobody.";
    RESPONSE_MISSING = "response-missing": "A mail or survey without the share that opens or answers it.";
    EFFORT_MISSING = "effort-missing": "Work of advisors that takes no time.";
    EFFORT_UNUSED = "effort-unused": "Time that no advisor spends.";
    REPEAT_WITHOUT_COOLDOWN = "repeat-without-cooldown": "A repetition that does not say how soon.";
    REPEAT_OF_RECURRING = "repeat-of-recurring": "A repetition of what recurs by itself.";
    RECOVERY_INCOMPLETE = "recovery-incomplete": "A recovery without its chance or its size.";
    EFFECT_EMPTY = "effect-empty": "An effect that changes nothing.";
    TOO_LATE = "too-late": "A delay that may pass the calendar of the run.";
    STAGE_UNREACHABLE = "stage-unreachable": "A stage that no account of the program is ever in.";
    STAGE_ELSEWHERE = "stage-elsewhere": "A happening that never falls into the stages of its touchpoint.";
    NOT_SOLD = "not-sold": "A touchpoint for products that nobody has.";
    NOT_ASSESSED = "not-assessed": "A touchpoint that waits for an assessment which is not done.";
    NOBODY_RESPONDS = "nobody-responds": "A touchpoint that nobody opens, answers, accepts or attends.";
    NOBODY_IN_ROLE = "nobody-in-role": "Mails to roles that no customer has.";
    NAMES_COLLIDE = "names-collide": "Two names of touchpoints that would share their luck.";

    POOL_CLOSED = "pool-closed": "A pool without any time for customers.";
    TIME_ZONE_MISSING = "time-zone-missing": "A pool with a clock of its own in a run whose clock stands nowhere.";
    POOL_EMPTY = "pool-empty": "A pool in which nobody ever works.";
    POOL_UNKNOWN = "pool-unknown": "Help from a pool that there is not.";
    STAFFING_NEGATIVE = "staffing-negative": "A plan that takes away more advisors than there are.";
    STAFFING_OUTSIDE = "staffing-outside": "A change of staff outside the run.";
    PART_OF_AN_ADVISOR = "part-of-an-advisor": "A change of staff by no whole number of advisors.";
    TOO_MANY_ADVISORS = "too-many-advisors": "A pool of more advisors than can be counted.";
    STAFF_RANGE = "staff-range": "A staffing question that no size can answer.";
    SKILL_UNKNOWN = "skill-unknown": "A skill for a touchpoint that there is not.";
    SKILL_MISSING = "skill-missing": "Work that no pool can do.";
    REGION_UNKNOWN = "region-unknown": "A region whose public holidays are not listed.";
    HOLIDAYS_END_EARLY = "holidays-end-early": "Holidays that are not listed for all years of a run.";

    CHANGE_OUTSIDE = "change-outside": "A dated change outside the run.";
    CHANGE_UNDATED = "change-undated": "A dated change of what cannot change inside a run.";
    UNKNOWN_CHANGE = "unknown-change": "A name that no dated change has.";
    CHANGE_OF_NOTHING = "change-of-nothing": "A dated change that sets nothing.";
    TOO_MANY_CHANGES = "too-many-changes": "More dated changes than can be told apart.";

    TEAM_TWICE = "team-twice": "A team whose customers two programs serve.";
    PROGRAM_IDLE = "program-idle": "A further program that serves no team.";
    PROGRAM_NAME_TWICE = "program-name-twice": "Two programs of one name.";
}

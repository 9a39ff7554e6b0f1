//! Who does the work: pools of advisors, when they are there, and in which order and by whom work is taken.
//!
//! Without a pool every piece of work is done the moment it is due, by as many advisors as it takes.

pub mod hours;
pub mod roster;

use crate::language::{Count, Date, Name, Number, Rate, Share, Span, Text, Zone, choices, settings};

choices! {
    /// A day of the week.
    pub enum Weekday {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

choices! {
    /// Which work that waits is taken first; work that came earlier goes first among equals.
    pub enum Order {
        /// What came first.
        FirstCome = "first_come",
        /// What loses its value first: due date and patience.
        DueDate = "due_date",
        /// The lowest `priority` number; work under way is finished first.
        Priority = "priority",
        /// The lowest `priority` number, which interrupts work of a higher one; that is resumed later.
        Preemptive = "priority_preemptive",
        /// The most recurring revenue times visible odds of churn.
        RevenueAtRisk = "revenue_at_risk",
        /// The account that renews next.
        Renewal = "renewal_proximity",
        /// Lighthouse, then what loses its value first.
        LighthouseFirst = "lighthouse_first",
    }
}

choices! {
    /// Who takes a piece of work (point 56).
    pub enum Assignment {
        /// Whoever is free.
        AnyFree = "any_free",
        /// The advisor who held the account's previous call if free, else whoever is.
        StickyPreferred = "sticky_preferred",
        /// One advisor for each account, and nobody else.
        Dedicated = "dedicated",
        /// Of those who are free, the one who has worked least.
        LeastLoaded = "least_loaded",
    }
}

choices! {
    /// What happens to work for which there is no time (point 57).
    pub enum Overload {
        /// It is done late.
        Delay = "delay",
        /// It is dropped when its patience is over.
        Drop = "drop",
        /// When its patience is over, a mail takes its place.
        Degrade = "degrade_to_email",
        /// No new work is taken while the queue is longer than `workable`; the rest is done late.
        Stop = "stop",
    }
}

choices! {
    /// How often the team meets (point 60).
    pub enum Meeting {
        /// Every Monday.
        Weekly = "weekly",
        /// Every other Monday.
        EveryTwoWeeks = "every_two_weeks",
        /// Never.
        Never = "never",
    }
}

settings! {
    /// The public holidays of a region.
    pub struct PublicHolidays {
        /// The region, such as "DE-BE".
        pub name: Name,
        /// The region in words.
        pub title: Option<Text>,
        /// The dates, of whole years.
        pub dates: Vec<Date>,
    }
}

settings! {
    /// A change of the number of advisors.
    pub struct StaffingChange {
        /// From this date on.
        pub from: Date,
        /// So many more, or fewer where negative.
        pub change: Number,
    }
}

settings! {
    /// A pool of advisors.
    pub struct PoolSettings {
        /// Its name.
        pub name: Name,
        /// Advisors at the start.
        pub advisors: Count,
        /// As many advisors as the work needs, at once: all is done as if the scenario had no pool.
        pub unlimited: bool = false,
        /// Open at all hours of all days, with advisors who are never away and work on nothing else (for theory).
        pub always_open: bool = false,
        /// When a working day begins, from midnight.
        pub opens: Span = Span::hours(9),
        /// When a working day ends, from midnight.
        pub closes: Span = Span::hours(17),
        /// Time zone of its clock, by which it opens and closes; absent: the scenario's `time_zone`.
        pub time_zone: Option<Zone>,
        /// Days of the week on which it works.
        pub weekdays: Vec<Weekday> = vec![
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
        ],
        /// Region whose public holidays it keeps, in place of the scenario's holidays.
        pub region: Option<Name>,
        /// Dates on which it does not work besides.
        pub holidays: Vec<Date> = Vec::new(),
        /// Share of the working day for customers; the rest is for admin, training and other meetings.
        pub customer_share: Share = Share::of(0.60),
        /// Working days of leave a year (point 58).
        pub leave_days: Count = Count::of(30),
        /// Whether public holidays are taken from those days (point 58).
        pub leave_includes_holidays: bool = false,
        /// Working days lost to sickness a year.
        pub sick_days: Count = Count::of(5),
        /// How often the team meets (point 60).
        pub meeting: Meeting = Meeting::Weekly,
        /// How long, from opening.
        pub meeting_length: Span = Span::hours(1),
        /// Time in which a new advisor grows from nothing to full work, in a straight line.
        pub ramp: Span = Span::days(42),
        /// Advisors who leave a year.
        pub attrition: Rate = Rate::per_year(0.15),
        /// Time until one who has left is replaced.
        pub replacement: Span = Span::days(60),
        /// Working time of an advisor as a share of full time.
        pub part_time: Share = Share::of(1.0),
        /// Touchpoints it can do; absent: all, with assessments and Lighthouse.
        pub skills: Option<Vec<Name>>,
        /// Pool that helps when nobody here is free and somebody there is.
        pub overflow: Option<Name>,
        /// Which work is taken first (point 57).
        pub order: Order = Order::Priority,
        /// Whether what waits is put in order anew every morning.
        pub rerank: bool = false,
        /// Who takes it (point 56).
        pub assignment: Assignment = Assignment::StickyPreferred,
        /// What happens without time for it (point 57).
        pub overload: Overload = Overload::Delay,
        /// Most pieces of work that may wait; further ones are dropped when they come.
        pub queue_limit: Option<Count>,
        /// Work in the queue, in working time of the pool, up to which new work is taken under `stop`.
        pub workable: Span = Span::days(5),
        /// Changes of the number of advisors.
        pub staffing: Vec<StaffingChange> = Vec::new(),
    }
}

impl PoolSettings {
    /// Returns whether its advisors can do the touchpoint named, or, without a name, assessments and Lighthouse.
    #[must_use]
    pub fn is_able(&self, touchpoint: Option<&Name>) -> bool {
        let Some(skills) = &self.skills else { return true };
        touchpoint.is_some_and(|name| skills.contains(name))
    }
}

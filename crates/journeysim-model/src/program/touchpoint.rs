//! Touchpoints: what is done for or with a customer, when, for whom, and what it changes.

use crate::language::{
    Count, Dist, Factor, Name, Number, Points, Positive, Rate, Relative, Share, Span, Text, choices, settings,
};
use crate::population::{Products, Role};
use crate::program::stage::{Clock, StageName};

choices! {
    /// How the customer is reached.
    pub enum Channel {
        /// Mail from the success platform: sent to each person in the audience, opened or not.
        Mail = "mail",
        /// Mail with questions: answered or not; an answer may ask for help.
        Survey = "survey",
        /// A call with advisors: offered, accepted or not, attended or not.
        Call = "call",
        /// A webinar or training.
        Webinar = "webinar",
        /// Internal work without the customer: a plan, an assessment, a licence.
        Document = "document",
    }
}

impl Channel {
    /// Whether it is sent by the success platform, to each person in the audience.
    #[must_use]
    pub const fn is_sent(self) -> bool {
        match self {
            Self::Mail | Self::Survey => true,
            Self::Call | Self::Webinar | Self::Document => false,
        }
    }

    /// Whether advisors meet the customer.
    #[must_use]
    pub const fn is_meeting(self) -> bool {
        match self {
            Self::Call | Self::Webinar => true,
            Self::Mail | Self::Survey | Self::Document => false,
        }
    }
}

choices! {
    /// Who does the work.
    pub enum Owner {
        /// The success platform: no advisor time.
        Automation = "automation",
        /// The advisors of the pool.
        Advisors = "advisors",
        /// The account executive: not the pool's time.
        AccountExecutive = "account_executive",
    }
}

choices! {
    /// A happening of the journey that can start a touchpoint.
    pub enum Happening {
        /// A prospect enters the program.
        ProspectEntry = "prospect_entry",
        /// The contract closes.
        Close = "close",
        /// The first ping of the instance.
        FirstPing = "first_ping",
        /// A user's first use of a new feature.
        FeatureUse = "feature_use",
        /// The health band changes to one of `bands`.
        BandChange = "band_change",
        /// The champion leaves.
        ChampionLeft = "champion_left",
        /// The renewal health assessment gives one of `ratings`.
        Assessment = "assessment",
        /// One of `stages` is entered.
        StageEntry = "stage_entry",
        /// The customer asks for something.
        Request = "request",
        /// The customer asks for help in answer to a survey or an opened mail.
        HelpAsked = "help_asked",
        /// A contract is renewed.
        Renewed = "renewed",
        /// A customer leaves.
        Churned = "churned",
    }
}

choices! {
    /// A recurring calendar date.
    pub enum Each {
        /// After each calendar month.
        MonthEnd = "month_end",
        /// At the start of each calendar quarter.
        CalendarQuarter = "calendar_quarter",
        /// `times_per_year` times a contract year, evenly spaced, the last on the anniversary.
        Anniversary = "anniversary",
    }
}

choices! {
    /// Where the dates of a touchpoint that is done every so often lie (point 25).
    pub enum Anchor {
        /// Counted from the contract's clock.
        Anniversary = "anniversary",
        /// Each moved on to the next start of a calendar quarter.
        CalendarQuarter = "calendar_quarter",
    }
}

choices! {
    /// A health band, or the rating of an assessment.
    pub enum Color {
        /// Healthy.
        Green = "green",
        /// Concerning.
        Yellow = "yellow",
        /// Poor.
        Red = "red",
    }
}

choices! {
    /// What happens to a mail whose role nobody holds (point 49).
    pub enum MissingRole {
        /// It is not sent, and that is logged.
        Skip = "skip",
        /// It goes to the Program Contact.
        Fallback = "fallback_to_program_contact",
    }
}

settings! {
    /// A day count from a clock.
    pub struct Origin {
        /// The clock; absent: the program's `touch_clock`.
        pub clock: Option<Clock>,
        /// Time after the clock's origin.
        pub after: Span = Span::days(0),
    }
}

settings! {
    /// What a touchpoint changes when it reaches its customer. Effects may be negative.
    pub struct EffectSettings {
        /// Relative change of the pace of adoption.
        pub adoption_speed: Option<Relative>,
        /// Factor on the pace of adoption (`x1.1`), for good unless `half_life` is given.
        pub adoption_pace: Option<Factor>,
        /// Lift of the ceiling of MAU / seats.
        pub adoption_ceiling: Option<Points>,
        /// Lift of usage (daily over monthly users).
        pub engagement: Option<Points>,
        /// Lift of the relationship [standard deviations between accounts].
        pub relationship: Option<Number>,
        /// Factor on the odds of renewal (`x1.15`).
        pub renewal_odds: Option<Factor>,
        /// Probability that the account takes itself in hand.
        pub recovers: Option<Points>,
        /// Lift of the ceiling of an account that does.
        pub recovery: Option<Points>,
        /// Time in which the effect halves; absent: it stays.
        pub half_life: Option<Span>,
    }
}

settings! {
    /// One touchpoint. Exactly one of `at`, `every`, `each`, `on` says when.
    pub struct Touchpoint {
        /// Its name, the key of its random draws.
        pub name: Name,
        /// What it is, in words.
        pub title: Option<Text>,
        /// Whether it is done at all.
        pub enabled: bool = true,
        /// How the customer is reached.
        pub channel: Channel,
        /// Who does the work.
        pub owner: Owner = Owner::Automation,
        /// Once, at each of these times after the clock of `from`.
        pub at: Option<Vec<Span>>,
        /// Again and again at this interval.
        pub every: Option<Span>,
        /// Where the dates of `every` lie (point 25).
        pub anchor: Anchor = Anchor::Anniversary,
        /// Again and again on a calendar date.
        pub each: Option<Each>,
        /// How often a contract year, for `each = "anniversary"` (points 28 and 30).
        pub times_per_year: Count = Count::of(1),
        /// When something happens.
        pub on: Option<Happening>,
        /// From which clock on; recurring touchpoints begin here.
        pub from: Option<Origin>,
        /// Delay after the date or happening (points 26, 46 and 55).
        pub delay: Option<Dist<Span>>,
        /// Counts only working days for the delay.
        pub working_days: bool = false,
        /// Only in these stages; absent: in every stage under contract (points 27, 30, 31 and 32).
        pub stages: Option<Vec<StageName>>,
        /// Only for these products.
        pub products: Option<Vec<Products>>,
        /// Only while (or when changing to) one of these bands.
        pub bands: Option<Vec<Color>>,
        /// Only for these ratings of the assessment.
        pub ratings: Option<Vec<Color>>,
        /// Not again within this time (points 33 and 59).
        pub cooldown: Option<Span>,
        /// Repeated after the cooldown, without another delay, while the condition lasts.
        pub repeat: bool = false,
        /// Who is addressed.
        pub audience: Vec<Role> = Vec::new(),
        /// Probability that a mail is opened.
        pub opened: Share = Share::of(1.0),
        /// Probability that a survey is answered.
        pub answered: Share = Share::of(0.0),
        /// Probability that an answer (or an opened mail) asks for help.
        pub asks_for_help: Share = Share::of(0.0),
        /// Probability that an offered call is accepted.
        pub accepted: Share = Share::of(1.0),
        /// Probability that an accepted call is attended.
        pub attended: Share = Share::of(1.0),
        /// When a call that was accepted and missed is held instead, in days after it; absent: it is not.
        pub reschedule: Option<Span>,
        /// How many other dates are tried, 4 at most.
        pub most_reschedules: Count = Count::of(1),
        /// Advisor time: preparation, live, follow-up.
        pub effort: Option<Dist<Span>>,
        /// Time of that with the customer, which is not broken off at the end of a day.
        pub live: Span = Span::minutes(30),
        /// Which work goes first where advisors are few, 1 before all else.
        pub priority: Count = Count::of(3),
        /// Time after which it has lost its value.
        pub patience: Option<Dist<Span>>,
        /// Fills contact roles that were missing, each with this probability.
        pub fills_roles: Share = Share::of(0.0),
        /// The effect when the customer is reached.
        pub effect: Option<EffectSettings>,
        /// Which rule of the sources it implements.
        pub source: Option<Text>,
    }
}

choices! {
    /// When customers ask for something.
    pub enum RequestTimes {
        /// On working days from 9 to 17 o'clock.
        WorkingHours = "working_hours",
        /// At any time.
        Always = "always",
    }
}

settings! {
    /// A time in which customers ask more, or less, than usual.
    pub struct RequestPhase {
        /// How long it lasts.
        pub length: Span,
        /// Factor on the rate of requests.
        pub factor: Factor,
    }
}

settings! {
    /// Factors on the rate of requests by what the customer is going through; they multiply, and 0 means that
    /// such customers ask for nothing.
    pub struct RequestFactors {
        /// In Onboarding.
        pub onboarding: Number = Number::of(1.0),
        /// In Adopting.
        pub adopting: Number = Number::of(1.0),
        /// In Nurturing.
        pub nurturing: Number = Number::of(1.0),
        /// In Renewing.
        pub renewing: Number = Number::of(1.0),
        /// In green health.
        pub green: Number = Number::of(1.0),
        /// In yellow health.
        pub yellow: Number = Number::of(1.0),
        /// In red health.
        pub red: Number = Number::of(1.0),
        /// With tickets of the last 90 days of which one kind is concerning.
        pub concerning_tickets: Number = Number::of(1.0),
        /// With tickets of which one kind is poor.
        pub poor_tickets: Number = Number::of(1.0),
    }
}

impl RequestFactors {
    /// Returns the factors with their names.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Number); 9] {
        [
            ("onboarding", self.onboarding),
            ("adopting", self.adopting),
            ("nurturing", self.nurturing),
            ("renewing", self.renewing),
            ("green", self.green),
            ("yellow", self.yellow),
            ("red", self.red),
            ("concerning_tickets", self.concerning_tickets),
            ("poor_tickets", self.poor_tickets),
        ]
    }

    /// Returns the largest product of factors that a customer can have; one that is looked after elsewhere has 1 in place
    /// of the stage's.
    #[must_use]
    pub fn largest(&self) -> f64 {
        let stages = [self.onboarding, self.adopting, self.nurturing, self.renewing, Number::of(1.0)];
        let bands = [self.green, self.yellow, self.red];
        let tickets = [self.concerning_tickets, self.poor_tickets, Number::of(1.0)];
        let largest = |factors: &[Number]| factors.iter().map(|factor| factor.get()).fold(0.0, f64::max);
        largest(&stages) * largest(&bands) * largest(&tickets)
    }
}

settings! {
    /// How customers answer, whatever the touchpoint.
    pub struct ResponseSettings {
        /// Mails in 30 days beyond which the effect of a further one halves.
        pub fatigue_mails: Positive,
        /// Whether mail fatigue is simulated.
        pub fatigue: bool = true,
        /// Requests of a customer without any campaign.
        pub requests: Rate,
        /// Change of sentiment: probability that an answered survey is good news.
        pub good_feedback: Share = Share::of(0.7),
        /// Lift of the relationship by an answered request [standard deviations], fading in 90 days.
        pub request_weight: Number = Number::of(0.0),
        /// Factor on the effect of a call held by the account's previous advisor.
        pub continuity: Factor,
        /// Share of its effect that work keeps when it is done after its patience.
        pub late_effect: Share = Share::of(0.5),
        /// Share of its effect that work keeps when a mail takes its place.
        pub degraded_effect: Share = Share::of(0.25),
        /// Change of sentiment by a request that nobody answers [standard deviations].
        pub lapsed_request: Number = Number::of(-0.2),
        /// Time between two requests of a customer, instead of a constant rate.
        pub between_requests: Option<Dist<Span>>,
        /// Times of more and of fewer requests, one after the other from the start on and then over again.
        pub request_phases: Vec<RequestPhase> = Vec::new(),
        /// How the rate hangs on stage, health and tickets.
        pub request_factors: RequestFactors = RequestFactors::default(),
        /// When customers ask.
        pub requests_at: RequestTimes = RequestTimes::WorkingHours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::setting::read_right;

    #[test]
    fn mails_and_surveys_are_sent_and_only_calls_and_webinars_are_meetings() {
        let held =
            |holds: fn(Channel) -> bool| Channel::ALL.iter().copied().filter(|&it| holds(it)).collect();
        let [sent, meetings]: [Vec<Channel>; 2] = [held(Channel::is_sent), held(Channel::is_meeting)];
        assert_eq!(sent, [Channel::Mail, Channel::Survey]);
        assert_eq!(meetings, [Channel::Call, Channel::Webinar]);
    }

    #[test]
    fn factors_on_requests_are_named_as_scenarios_write_them() {
        let numbered = RequestFactors::default().named().into_iter().zip(2..);
        let text: String = numbered.map(|((name, _), factor)| format!("{name} = {factor}\n")).collect();
        let factors: RequestFactors = read_right(&text);
        let found = factors.named().map(|(_, factor)| factor.get());
        assert_eq!(found, [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
    }

    #[test]
    fn the_largest_factor_is_that_of_the_worst_stage_band_and_tickets() {
        let largest = |text: &str| read_right::<RequestFactors>(text).largest();
        assert_eq!(largest(""), 1.0);
        assert_eq!(largest("adopting = 3\nnurturing = 0.5\nred = 1.5\npoor_tickets = 2"), 9.0);
        assert_eq!(largest("green = 0.5\nyellow = 0.5\nred = 0.25\nconcerning_tickets = 0.5"), 0.5);
    }
}

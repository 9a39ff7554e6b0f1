//! Who the customers are: segments, contracts, contacts, and how the opening book came about.

pub mod book;
pub mod export;
pub mod generate;
pub mod history;
pub mod likeness;
pub mod segment;
pub mod survey;

use crate::language::{
    Amount, Count, Dist, Factor, Invertible, Name, Number, Positive, Rate, Share, Span, Term, choices,
    settings,
};
use likeness::Likeness;
use segment::{Segment, Segmentation};

choices! {
    /// When a customer whose segment has changed moves to another team (point 45).
    pub enum Resegment {
        /// At its next renewal.
        Renewal = "renewal",
        /// At once: with the order that changes its revenue, and at month end for its developers.
        Immediate = "immediate",
        /// Never: it stays with the team it came to.
        Never = "never",
    }
}

choices! {
    /// Where the customer's instance runs.
    pub enum Hosting {
        /// On the vendor's cloud.
        Cloud = "cloud",
        /// At the customer's: a later first ping, implementation engineers.
        SelfHosted = "self_hosted",
    }
}

choices! {
    /// A contact role at the customer; one person may hold several.
    pub enum Role {
        /// Runs the instance technically.
        InstanceAdmin = "instance_admin",
        /// Cares for use cases, adoption and value; the sources' "Program Manager" (point 48).
        ProgramContact = "program_contact",
        /// Has influence, promotes the vendor, and sees its success as their own.
        Champion = "champion",
        /// The sources' "Stakeholders": the executive or the economic buyer (point 48).
        Stakeholder = "stakeholder",
    }
}

choices! {
    /// Which products an account has bought.
    pub enum Products {
        /// Code search only.
        Search = "search",
        /// Assistant only.
        Assistant = "assistant",
        /// Both.
        Both = "both",
    }
}

settings! {
    /// A group of customers to generate.
    pub struct Group {
        /// Its name.
        pub name: Name,
        /// Its segment.
        pub segment: Segment,
        /// Its share of the accounts; absent: the rest (at most one group).
        pub share: Option<Share>,
        /// Fewest developers, inside the segment's bounds.
        pub developers_from: Count,
        /// Most developers, inside the segment's bounds.
        pub developers_to: Count,
        /// Least recurring revenue at close.
        pub arr_from: Amount = Amount::of(0.0),
        /// Recurring revenue at close stays below this.
        pub arr_below: Option<Amount>,
        /// Share of self-hosted customers.
        pub self_hosted: Share = Share::of(0.0),
        /// What measured customers of the group look like, instead of what the population says of developers, seats and
        /// prices.
        pub likeness: Option<Likeness>,
    }
}

settings! {
    /// A product or bundle.
    pub struct Product {
        /// Its share of the customers.
        pub share: Share,
        /// List price per seat and year: relative prices go by it.
        pub list_price: Amount,
    }
}

settings! {
    /// The products on offer.
    pub struct ProductMix {
        /// Code search only.
        pub search: Product,
        /// Assistant only.
        pub assistant: Product,
        /// Both, as a bundle.
        pub both: Product,
    }
}

settings! {
    /// A term length.
    pub struct TermMix {
        /// Its name.
        pub name: Name,
        /// Its share of the contracts.
        pub share: Share,
        /// Its length.
        pub length: Term,
    }
}

impl PopulationSettings {
    /// Returns the probability that a prospect closes, by whether its trial is free.
    #[must_use]
    pub fn closes(&self, has_free_trial: bool) -> f64 {
        let p = self.close_probability.get();
        let factor = if has_free_trial { 1.0 } else { self.paid_trial_odds.get() };
        p * factor / (1.0 - p + p * factor)
    }
}

settings! {
    /// The customers to generate.
    pub struct PopulationSettings {
        /// Accounts under contract at the start.
        pub accounts: Count,
        /// Whether the book at the start is mid-life, or closes on the first day (for theory).
        pub mid_life: bool = true,
        /// How far back customers may have closed.
        pub history: Term = Term::months(240),
        /// Time lived day by day before the start, so that stages and usage are as history left them.
        pub warm_up: Span = Span::days(365),
        /// New customers a year as a share of the opening book.
        pub arrivals: Rate,
        /// Weight of the last month of a calendar quarter for close dates.
        pub quarter_end_weight: Factor,
        /// Probability that a prospect closes.
        pub close_probability: Share = Share::of(0.7),
        /// Days between close and the start of the term.
        pub contract_start_lag: Dist<Span>,
        /// Groups of customers.
        pub group: Vec<Group>,
        /// Products.
        pub products: ProductMix,
        /// Seats as a share of developers.
        pub seats_share: Invertible<Share>,
        /// Price per seat and year, mean over products.
        pub price_per_seat: Amount,
        /// Spread of prices [standard deviation as a share].
        pub price_spread: Share = Share::of(0.15),
        /// Least and largest price per seat.
        pub price_from: Amount = Amount::of(228.0),
        /// Largest price per seat and year.
        pub price_to: Amount = Amount::of(1000.0),
        /// Smallest seat package.
        pub smallest_package: Count = Count::of(5),
        /// Terms.
        pub term: Vec<TermMix>,
        /// Share of soft-cap licences.
        pub soft_cap: Share,
        /// Utilization a soft-cap licence can reach.
        pub soft_cap_limit: Factor = Factor::of(1.3),
        /// Probability that a contact role is known at close.
        pub role_present: Share,
        /// Probability that two roles are held by one person.
        pub role_shared: Share = Share::of(0.3),
        /// Probability of access to the buyer for an average relationship.
        pub buyer_access: Share = Share::of(0.7),
        /// Probability that precise code navigation is active.
        pub code_navigation: Share = Share::of(0.85),
        /// How well advisors read a relationship [correlation of sentiment with it].
        pub sentiment_correlation: Number = Number::of(0.7),
        /// Rule of who serves whom (point 44).
        pub segmentation: Segmentation = Segmentation::Fy25,
        /// When a change of segment takes effect (point 45).
        pub resegment: Resegment = Resegment::Renewal,
        /// Prospects whose trial is free; the others pay for it, which is no recurring revenue. Trials run on the cloud.
        pub trial_free: Share = Share::of(0.7),
        /// Length of a trial, which ends with the close.
        pub trial: Span = Span::days(30),
        /// Factor on the odds that a prospect with a paid trial closes.
        pub paid_trial_odds: Factor = Factor::of(1.0),
        /// Least pace multiplier; keeps adoption from standing still.
        pub slowest_pace: Positive = Positive::of(0.2),
    }
}

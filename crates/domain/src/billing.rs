//! What a billing provider says about who pays, and the price list that makes a plan of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::OrgId;

/// Longest id that a billing provider may give a customer, a subscription, a price or an event.
pub const BILLING_ID_CHARS_MAX: usize = 200;

/// Who pays, as whoever sends billing events names them: `stripe:cus_9s6XKzkNRiz8i3`, `hook:` and another sender's customer, or
/// the organization itself, where the sender names that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PayerId(String);

impl PayerId {
    /// A customer of Stripe's. `None` for what could not be one.
    pub fn of_stripe(customer: &str) -> Option<Self> {
        Self::parse(&format!("stripe:{customer}"))
    }

    /// A customer of the generic sender's. `None` for what could not be one.
    pub fn of_hook(customer: &str) -> Option<Self> {
        Self::parse(&format!("hook:{customer}"))
    }

    /// An organization that its sender names itself.
    pub fn of_org(org: &OrgId) -> Self {
        Self(org.to_string())
    }

    /// `None` for anything that could not be a payer.
    pub fn parse(text: &str) -> Option<Self> {
        let customer = text.strip_prefix("stripe:").or_else(|| text.strip_prefix("hook:"));
        let is_payer = customer.is_some_and(is_billing_id) || OrgId::parse(text).is_some();
        is_payer.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether this is an id as billing providers give them: letters, digits, `_`, `-` and `.`, so that it can stand in a path and in
/// a log as it is.
pub fn is_billing_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=BILLING_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

/// One piece of news from a billing provider, whose origin is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct News {
    pub payer: PayerId,
    /// When it happened, by the sender's clock, in milliseconds since 1970.
    pub at: i64,
    /// The organization that it says it is about.
    pub org: Option<OrgId>,
    /// What became of a subscription. Without one, the news is whom the payer pays for.
    pub subscription: Option<SubscriptionNews>,
}

/// A subscription as it is from that moment on: all of it, so that whatever came before is of no matter any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscriptionNews {
    pub id: String,
    /// Milliseconds since 1970.
    pub began_at: i64,
    /// What comes first of two pieces of news of one moment: a beginning, a change, an end.
    pub rank: u8,
    /// Whether it is good for anything.
    pub live: bool,
    pub terms: Terms,
}

/// What a subscription is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// What was sold. Which plan that is, the price list says when it is looked at, so that a price that it gets later still counts.
    Items(Vec<SoldItem>),
    /// The plan itself; without a number of seats as many as it has.
    Plan { plan: String, seats: Option<u64> },
}

/// A line of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldItem {
    pub price: String,
    pub product: Option<String>,
    /// Absent where use is metered.
    pub quantity: Option<u64>,
}

/// Which price, or product, is which plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceList(BTreeMap<String, Offer>);

/// What a price buys.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    plan: String,
    seats: SeatsBy,
}

/// How many seats a price buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeatsBy {
    /// One for each that was sold.
    Quantity,
    /// As many as the plan has.
    Plan,
}

/// A price list that cannot be read, by the place of its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "entry number {0} is not a price or product, =, and a plan (`price_1=team`, or `price_2=business:flat`), or names a price again"
)]
pub struct PriceListFault(pub usize);

/// What a payer is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    pub plan: String,
    pub seats: BoughtSeats,
}

/// How many seats were bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoughtSeats {
    /// As many as the plan has.
    OfThePlan,
    /// So many were sold with the plan, whether or not the organization counts anything.
    Sold(u64),
    /// So many, as whoever sent it says in so many words.
    Said(u64),
}

/// Why it is left to a person what a payer is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// Nobody has said whom the payer pays for.
    UnknownCustomer,
    /// There is no such organization, or not any more.
    UnknownOrganization,
    /// Another payer pays for that organization.
    OrganizationTaken,
    /// Nothing that was sold is on the price list.
    UnmappedPrice,
    /// By the price list, what was sold is several plans.
    SeveralPlans,
    /// The organization's policy has no such plan.
    UnknownPlan,
    /// Seats were bought for an organization whose policy counts none.
    NothingCounted,
    /// More seats than there can be.
    TooManySeats,
}

impl PriceList {
    /// Reads `price_1=team, prod_2=business:flat`: one seat for each that is sold, or, with `:flat`, what the plan has.
    ///
    /// # Errors
    /// Names the entry that is wrong by its place.
    pub fn parse(text: &str) -> Result<Self, PriceListFault> {
        let mut offers = BTreeMap::new();
        let entries = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        for (place, entry) in entries.enumerate() {
            let (price, offer) = offer(entry).ok_or(PriceListFault(place + 1))?;
            if offers.insert(price, offer).is_some() {
                return Err(PriceListFault(place + 1));
            }
        }
        Ok(Self(offers))
    }

    fn find(&self, item: &SoldItem) -> Option<&Offer> {
        let by_product = || item.product.as_ref().and_then(|product| self.0.get(product));
        self.0.get(&item.price).or_else(by_product)
    }
}

fn offer(entry: &str) -> Option<(String, Offer)> {
    let (price, plan) = entry.split_once('=')?;
    let (plan, seats) = match plan.split_once(':') {
        None => (plan, SeatsBy::Quantity),
        Some((plan, "flat")) => (plan, SeatsBy::Plan),
        Some(_) => return None,
    };
    let is_offer = is_billing_id(price) && is_billing_id(plan);
    is_offer.then(|| (price.to_owned(), Offer { plan: plan.to_owned(), seats }))
}

impl Terms {
    /// What these terms buy, by a price list.
    ///
    /// # Errors
    /// Why that is for a person to say.
    pub fn bought(&self, prices: &PriceList) -> Result<Bought, Parked> {
        match self {
            Self::Plan { plan, seats } => {
                Ok(Bought { plan: plan.clone(), seats: seats.map_or(BoughtSeats::OfThePlan, BoughtSeats::Said) })
            }
            Self::Items(items) => sold(items, prices),
        }
    }
}

/// What is sold beside the plan, such as metered use, is on no price list, and no matter here.
fn sold(items: &[SoldItem], prices: &PriceList) -> Result<Bought, Parked> {
    let mut known = items.iter().filter_map(|item| prices.find(item).map(|offer| (item, offer)));
    let (first, offer) = known.next().ok_or(Parked::UnmappedPrice)?;
    let mut seats = seats_of(first, offer);
    for (item, other) in known {
        if other.plan != offer.plan {
            return Err(Parked::SeveralPlans);
        }
        seats = match (seats, seats_of(item, other)) {
            (Some(some), Some(more)) => Some(some.saturating_add(more)),
            (some, more) => some.or(more),
        };
    }
    Ok(Bought { plan: offer.plan.clone(), seats: seats.map_or(BoughtSeats::OfThePlan, BoughtSeats::Sold) })
}

fn seats_of(item: &SoldItem, offer: &Offer) -> Option<u64> {
    item.quantity.filter(|_| offer.seats == SeatsBy::Quantity)
}

impl Parked {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::UnknownCustomer,
        Self::UnknownOrganization,
        Self::OrganizationTaken,
        Self::UnmappedPrice,
        Self::SeveralPlans,
        Self::UnknownPlan,
        Self::NothingCounted,
        Self::TooManySeats,
    ];

    /// The word for it, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownCustomer => "unknown_customer",
            Self::UnknownOrganization => "unknown_organization",
            Self::OrganizationTaken => "organization_taken",
            Self::UnmappedPrice => "unmapped_price",
            Self::SeveralPlans => "several_plans",
            Self::UnknownPlan => "unknown_plan",
            Self::NothingCounted => "nothing_counted",
            Self::TooManySeats => "too_many_seats",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices(text: &str) -> PriceList {
        PriceList::parse(text).unwrap_or_else(|fault| unreachable!("{fault}"))
    }

    fn item(price: &str, product: &str, quantity: Option<u64>) -> SoldItem {
        SoldItem { price: price.to_owned(), product: Some(product.to_owned()), quantity }
    }

    fn bought(plan: &str, seats: BoughtSeats) -> Result<Bought, Parked> {
        Ok(Bought { plan: plan.to_owned(), seats })
    }

    #[test]
    fn a_price_or_its_product_is_a_plan() {
        let prices = prices("price_1=team, prod_2=business:flat\nprice_3=team");
        let of = |items: &[SoldItem]| Terms::Items(items.to_vec()).bought(&prices);
        assert_eq!(of(&[item("price_1", "prod_9", Some(7))]), bought("team", BoughtSeats::Sold(7)));
        assert_eq!(of(&[item("price_9", "prod_2", Some(1))]), bought("business", BoughtSeats::OfThePlan));
        assert_eq!(of(&[item("price_1", "prod_9", None)]), bought("team", BoughtSeats::OfThePlan));
        assert_eq!(of(&[item("price_9", "prod_9", Some(1))]), Err(Parked::UnmappedPrice));
        assert_eq!(of(&[]), Err(Parked::UnmappedPrice));
    }

    #[test]
    fn lines_of_one_plan_add_up_and_of_two_plans_are_for_a_person() {
        let prices = prices("price_1=team price_3=team prod_2=business");
        let of = |items: &[SoldItem]| Terms::Items(items.to_vec()).bought(&prices);
        let metered = item("price_calls", "prod_calls", None);
        let both = [item("price_1", "a", Some(7)), metered, item("price_3", "b", Some(3))];
        assert_eq!(of(&both), bought("team", BoughtSeats::Sold(10)));
        let several = [item("price_1", "a", Some(7)), item("price_9", "prod_2", Some(3))];
        assert_eq!(of(&several), Err(Parked::SeveralPlans));
        let most = [item("price_1", "a", Some(u64::MAX)), item("price_3", "b", Some(1))];
        assert_eq!(of(&most), bought("team", BoughtSeats::Sold(u64::MAX)));
    }

    #[test]
    fn a_wrong_price_list_is_refused_by_place() {
        assert_eq!(PriceList::parse("  "), Ok(PriceList::default()));
        for (wrong, place) in
            [("price_1", 1), ("a=b, =team", 2), ("a=", 1), ("a=b:seats", 1), ("a=b,a=c", 2), ("a=b, c d=e", 2)]
        {
            assert_eq!(PriceList::parse(wrong), Err(PriceListFault(place)), "{wrong}");
        }
    }

    #[test]
    fn a_payer_is_named_by_sender_and_customer_or_is_an_organization() {
        for good in ["stripe:cus_9s6XKzkNRiz8i3", "hook:4711", "org_019aa7c0d2b37e0f8a3f5b1c2d3e4f50"] {
            assert!(PayerId::parse(good).is_some_and(|id| id.as_str() == good), "{good}");
        }
        for wrong in ["", "stripe:", "cus_1", "stripe:a b", "hook:a/b", "hook:ä", "stripe:a:b", "org_1", "paddle:1"] {
            assert_eq!(PayerId::parse(wrong), None, "{wrong}");
        }
        assert_eq!(PayerId::of_hook(&"a".repeat(BILLING_ID_CHARS_MAX + 1)), None);
    }
}

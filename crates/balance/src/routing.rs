//! Which of several records of one name a resolver is told: the routing policies of Route 53.
//!
//! Pure choice: a [`RoutingGroup`] knows how its records say who is to be told of them, and is told who asks and
//! which of them are healthy. What the records say themselves is the matter of whoever serves them.
//!
//! | file | idea |
//! |---|---|
//! | here | [`RoutingGroup`]: the records of one name and type, and the choice |
//! | `place` | [`Place`] and [`Area`]: where somebody asks from, and for whom a record is |
//! | `error` | [`RoutingError`]: why some records cannot stand together |
//! | `evaluation` | [`Endpoint`]: many checkers make one state |

mod error;
mod evaluation;
mod place;

use std::sync::Arc;
use std::time::Duration;

use switchlab_core::Stream;

pub use error::RoutingError;
pub use evaluation::{Endpoint, EndpointCheck};
pub use place::{Area, Place};

/// How many records a weighted group may have: Route 53, "Quotas".
pub const MOST_WEIGHTED: usize = 100;

/// How many records a multivalue answer has at most.
pub const MOST_VALUES: usize = 8;

/// What a record says of who is to be told of it.
///
/// Route 53 API, `ResourceRecordSet`: `Weight`, `Region`, `Failover`, `GeoLocation`, `MultiValueAnswer`, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routing {
    /// Everybody: the only record of its name and type.
    Simple,
    /// A share of those who ask, by weight: 0 to 255, 0 for none.
    Weighted(u8),
    /// Those who are nearer to this region than to those of the other records.
    Latency(Arc<str>),
    /// Everybody, while it is healthy.
    Primary,
    /// Everybody, while the primary record is not.
    Secondary,
    /// Those who ask from here.
    Geolocation(Area),
    /// Everybody, beside others.
    Multivalue,
}

impl Routing {
    /// The policy's name.
    #[must_use]
    pub const fn policy(&self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Weighted(_) => "weighted",
            Self::Latency(_) => "latency",
            Self::Primary | Self::Secondary => "failover",
            Self::Geolocation(_) => "geolocation",
            Self::Multivalue => "multivalue",
        }
    }
}

/// Who asks, as far as somebody knows.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// Where that is.
    pub place: &'a Place,
    /// How far it is from there to a region and back; `None` if nobody knows.
    pub latency: &'a dyn Fn(&str) -> Option<Duration>,
}

/// The records of one name and type, which all follow one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingGroup(Vec<Routing>);

impl RoutingGroup {
    /// Records that stand together.
    ///
    /// # Errors
    /// [`RoutingError`] if they follow several policies, or one of them stands twice where it may not.
    pub fn new(records: impl IntoIterator<Item = Routing>) -> Result<Self, RoutingError> {
        let records: Vec<_> = records.into_iter().collect();
        error::judge(&records)?;
        Ok(Self(records))
    }

    /// The places of the records that are told, among those of the group: one, except by the policy
    /// multivalue; none if a place matches nothing.
    ///
    /// Of each record `healthy` has whether it is. Unhealthy ones are left out; if none of those that could be
    /// told is healthy, all count as healthy (Route 53, "How Route 53 chooses records when health checking is
    /// configured").
    ///
    /// # Panics
    /// If `healthy` is not as long as the group.
    #[must_use]
    pub fn choose(&self, healthy: &[bool], asker: Asker<'_>, stream: &mut Stream) -> Vec<usize> {
        assert_eq!(healthy.len(), self.0.len(), "each record has a state");
        let all: Vec<usize> = (0..self.0.len()).collect();
        let well: Vec<usize> = all.iter().copied().filter(|at| healthy[*at]).collect();
        let usable = if well.is_empty() { &all } else { &well };
        match self.0.first() {
            None => Vec::new(),
            Some(Routing::Simple) => all,
            Some(Routing::Weighted(_)) => self.by_weight(usable, stream).into_iter().collect(),
            Some(Routing::Latency(_)) => self.by_latency(usable, asker).into_iter().collect(),
            Some(Routing::Primary | Routing::Secondary) => {
                self.by_failover(healthy).into_iter().collect()
            }
            Some(Routing::Geolocation(_)) => {
                self.by_place(healthy, asker.place).into_iter().collect()
            }
            Some(Routing::Multivalue) => some_of(usable.clone(), stream),
        }
    }

    /// By weight among those that have one; where nobody has, all alike.
    fn by_weight(&self, usable: &[usize], stream: &mut Stream) -> Option<usize> {
        let weight = |at: &usize| match self.0[*at] {
            Routing::Weighted(weight) => u64::from(weight),
            _ => 0,
        };
        let total: u64 = usable.iter().map(weight).sum();
        if total == 0 {
            let drawn = stream.below(usable.len() as u64);
            return usable.get(drawn as usize).copied();
        }
        let mut drawn = stream.below(total);
        usable.iter().copied().find(|at| {
            let share = weight(at);
            let is_it = drawn < share;
            drawn = drawn.saturating_sub(share);
            is_it
        })
    }

    /// The nearest region; the first record where nobody knows how far it is.
    fn by_latency(&self, usable: &[usize], asker: Asker<'_>) -> Option<usize> {
        usable.iter().copied().min_by_key(|at| {
            let latency = match &self.0[*at] {
                Routing::Latency(region) => (asker.latency)(region),
                _ => None,
            };
            latency.unwrap_or(Duration::MAX)
        })
    }

    /// The primary while it is healthy, else the secondary if that is, else the primary.
    fn by_failover(&self, healthy: &[bool]) -> Option<usize> {
        let place = |routing: Routing| self.0.iter().position(|it| *it == routing);
        let (primary, secondary) = (place(Routing::Primary), place(Routing::Secondary));
        let is_well = |at: &usize| healthy[*at];
        primary
            .filter(is_well)
            .or(secondary.filter(is_well))
            .or(primary)
            .or(secondary)
    }

    /// The smallest area around the place whose record is healthy, or the smallest of all if none is.
    fn by_place(&self, healthy: &[bool], place: &Place) -> Option<usize> {
        let area = |at: &usize| match &self.0[*at] {
            Routing::Geolocation(area) => area,
            _ => &Area::Everywhere,
        };
        let mut around: Vec<usize> = (0..self.0.len()).filter(|at| area(at).has(place)).collect();
        around.sort_by_key(|at| area(at).extent());
        let well = around.iter().copied().find(|at| healthy[*at]);
        well.or(around.first().copied())
    }
}

/// Up to [`MOST_VALUES`] of these, drawn and in the order drawn.
fn some_of(mut records: Vec<usize>, stream: &mut Stream) -> Vec<usize> {
    let count = records.len().min(MOST_VALUES);
    for at in 0..count {
        let other = at + stream.below((records.len() - at) as u64) as usize;
        records.swap(at, other);
    }
    records.truncate(count);
    records
}

#[cfg(test)]
mod tests;

//! Which endpoint in which region takes a flow: AWS Global Accelerator.
//!
//! Pure choice: an [`Accelerator`] knows its groups and endpoints; it is told which groups are near, who is
//! healthy, and a number drawn for the flow. Addresses and flows are the matter of whoever has them.

use std::sync::Arc;

use switchlab_wire::FlowKey;

use crate::hash::{KeyOctets, fnv, mix};

/// How many further groups are tried where one has nobody healthy.
///
/// *Global Accelerator Developer Guide*, "How failover works for unhealthy endpoints".
pub const MOST_FAILOVERS: usize = 3;

/// How many endpoints a group may have: the quota of the same guide.
pub const MOST_ENDPOINTS: usize = 10;

/// The whole of a traffic dial.
const WHOLE: u8 = 100;

/// What of a flow decides where it goes: Global Accelerator API, `ClientAffinity`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientAffinity {
    /// Protocol, addresses and ports: each connection by itself. The default.
    #[default]
    None,
    /// The two addresses: a client keeps its group and endpoint.
    SourceIp,
}

impl ClientAffinity {
    /// The point of a flow: what decides, hashed evenly over all 64 bits. The guide names no hash; this is FNV-1a
    /// of the octets as they stand on the wire, mixed.
    #[must_use]
    pub fn point(self, flow: &FlowKey) -> u64 {
        match self {
            Self::None => mix(fnv(&KeyOctets::flow(flow))),
            Self::SourceIp => {
                let ends = [flow.source, flow.destination].map(KeyOctets::source);
                mix(fnv(&ends[0]) ^ mix(fnv(&ends[1])))
            }
        }
    }
}

/// The groups behind one listener, one for each region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accelerator {
    groups: Vec<EndpointGroup>,
}

/// The endpoints of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointGroup {
    /// The region.
    pub region: Arc<str>,
    /// How much of the traffic that would have come here is taken, in percent: 0 to 100, 100 by default. The rest
    /// goes to the next group.
    pub traffic_dial: u8,
    /// The share of each endpoint: 0 to 255, 128 by default, 0 for none. At most [`MOST_ENDPOINTS`].
    pub weights: Vec<u8>,
}

impl EndpointGroup {
    /// A group of this many endpoints, as it is by default.
    #[must_use]
    pub fn new(region: impl Into<Arc<str>>, endpoints: usize) -> Self {
        Self {
            region: region.into(),
            traffic_dial: WHOLE,
            weights: vec![128; endpoints],
        }
    }
}

/// An endpoint of an accelerator: the place of its group, and its own in there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointId {
    /// The group.
    pub group: usize,
    /// The endpoint.
    pub endpoint: usize,
}

/// Why an accelerator cannot be as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcceleratorError {
    /// Two groups are for one region.
    #[error("there are two endpoint groups for {region:?}; one for each region would be right")]
    Region {
        /// The region.
        region: Arc<str>,
    },
    /// A dial beyond its end.
    #[error("the traffic dial of {region:?} is at {percent} %; 0 to 100 would be right")]
    Dial {
        /// The region.
        region: Arc<str>,
        /// The dial.
        percent: u8,
    },
    /// Too many endpoints, or none.
    #[error(
        "the endpoint group of {region:?} has {count} endpoint(s); 1 to {MOST_ENDPOINTS} would be right"
    )]
    Endpoints {
        /// The region.
        region: Arc<str>,
        /// How many.
        count: usize,
    },
}

impl Accelerator {
    /// An accelerator with these groups.
    ///
    /// # Errors
    /// The first thing that cannot be as it is given.
    pub fn new(groups: Vec<EndpointGroup>) -> Result<Self, AcceleratorError> {
        for (at, group) in groups.iter().enumerate() {
            let region = group.region.clone();
            if groups[..at].iter().any(|other| other.region == region) {
                return Err(AcceleratorError::Region { region });
            }
            let percent = group.traffic_dial;
            if percent > WHOLE {
                return Err(AcceleratorError::Dial { region, percent });
            }
            let count = group.weights.len();
            if !(1..=MOST_ENDPOINTS).contains(&count) {
                return Err(AcceleratorError::Endpoints { region, count });
            }
        }
        Ok(Self { groups })
    }

    /// The endpoint that takes a flow; `None` if all dials are at 0, so that nobody is to take anything.
    ///
    /// `nearness` is the places of the groups, the nearest to the client first. `point` is the flow's, see
    /// [`ClientAffinity::point`].
    ///
    /// The nearest group takes the share that its dial lets it, the next its share of the rest, and so on; what
    /// no dial has taken goes to the farthest group whose dial is not at 0. (So each of two regions at 50 %
    /// serves half of its own clients and half of the other's.) A group without a healthy endpoint of a weight
    /// above 0 hands the flow to the nearest other that has one, whatever their dials, of [`MOST_FAILOVERS`]; if
    /// none has, any endpoint of the group nearest to the client takes it.
    pub fn choose(
        &self,
        nearness: &[usize],
        mut is_healthy: impl FnMut(EndpointId) -> bool,
        point: u64,
    ) -> Option<EndpointId> {
        let (dialled, point) = self.dialled(nearness, point)?;
        let others = nearness.iter().copied().filter(|group| *group != dialled);
        let tried = std::iter::once(dialled).chain(others.take(MOST_FAILOVERS));
        for group in tried {
            let weights = &self.groups[group].weights;
            let healthy = |endpoint: &usize| {
                is_healthy(EndpointId {
                    group,
                    endpoint: *endpoint,
                })
            };
            let well: Vec<usize> = (0..weights.len()).filter(healthy).collect();
            if let Some(endpoint) = by_weight(weights, &well, point) {
                return Some(EndpointId { group, endpoint });
            }
        }
        let group = *nearness.first()?;
        let count = self.groups[group].weights.len() as u64;
        let endpoint = scaled(point, count) as usize;
        Some(EndpointId { group, endpoint })
    }

    /// The group that a flow comes to by the dials, and what of its point they left undecided.
    fn dialled(&self, nearness: &[usize], mut point: u64) -> Option<(usize, u64)> {
        let dial = |group: &usize| self.groups[*group].traffic_dial;
        let open = || nearness.iter().copied().filter(|group| dial(group) > 0);
        let last = open().next_back()?;
        for group in open() {
            let taken = share(dial(&group).into(), WHOLE.into());
            if group == last || taken.is_none_or(|taken| point < taken) {
                let rest = match taken {
                    Some(taken) if group != last => stretched(point, taken.into()),
                    _ => point,
                };
                return Some((group, rest));
            }
            let taken = taken.unwrap_or(u64::MAX);
            point = stretched(point - taken, (1_u128 << 64) - u128::from(taken));
        }
        None
    }
}

/// The endpoint that a point falls to, each having its weight of the whole; `None` if nobody has any.
fn by_weight(weights: &[u8], among: &[usize], point: u64) -> Option<usize> {
    let weight = |at: &usize| u64::from(weights[*at]);
    let total: u64 = among.iter().map(weight).sum();
    let mut left = scaled(point, total);
    among.iter().copied().find(|at| {
        let is_it = left < weight(at);
        left = left.saturating_sub(weight(at));
        is_it
    })
}

/// The first point that is beyond a share of the whole; `None` if it is all of it.
fn share(part: u64, whole: u64) -> Option<u64> {
    let beyond = (u128::from(part) << 64) / u128::from(whole);
    u64::try_from(beyond).ok()
}

/// A point of a part, as the point of the whole that stands in the same place.
fn stretched(point: u64, part: u128) -> u64 {
    let whole = (u128::from(point) << 64) / part.max(1);
    u64::try_from(whole).unwrap_or(u64::MAX)
}

/// The point on a scale from 0 to `bound`, excluded; 0 if that is 0.
fn scaled(point: u64, bound: u64) -> u64 {
    ((u128::from(point) * u128::from(bound)) >> 64) as u64
}

#[cfg(test)]
mod tests;

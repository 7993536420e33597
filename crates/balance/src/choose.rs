//! Which target is next: the algorithms at work on the members of one group.

use switchlab_core::Stream;

use crate::algorithm::bounded_load::bounded_load;
use crate::algorithm::buckets::Buckets;
use crate::algorithm::classic_weights::ClassicWeights;
use crate::algorithm::ipvs::by_load;
use crate::algorithm::least::least;
use crate::algorithm::maglev::Maglev;
use crate::algorithm::modulo::modulo;
use crate::algorithm::random::{better_of_two, weighted_random};
use crate::algorithm::rendezvous::rendezvous;
use crate::algorithm::ring::Ring;
use crate::algorithm::rows::Rows;
use crate::algorithm::smooth_weights::SmoothWeights;
use crate::algorithm::toeplitz::Toeplitz;
use crate::anomaly::WHOLE;
use crate::group::Member;
use crate::hash::{fnv, mix};
use crate::{Algorithm, Ipvs, Load, TargetId};

/// Finds the next target among the eligible ones.
#[derive(Debug)]
pub(crate) struct Chooser {
    algorithm: Algorithm,
    balance_factor: u16,
    slots: u32,
    /// The place chosen last; turns go on behind it.
    last: Option<usize>,
    rows: Rows,
    classic: ClassicWeights,
    weights: SmoothWeights,
    stream: Stream,
    placement: Placement,
}

/// What is worked out once for all keys, and with whom: places in the order of their names.
#[derive(Debug)]
enum Placement {
    /// To be worked out before the next choice.
    Stale,
    Ring(Ring, Vec<usize>),
    Maglev(Maglev, Vec<usize>),
    Buckets(Buckets, Vec<usize>),
}

/// The members of a group as a choice sees them.
pub(crate) struct Choice<'a> {
    pub(crate) members: &'a [Member],
    /// Places of those that take part, in ascending order.
    pub(crate) eligible: &'a [usize],
    /// By place: what slow start leaves of a share, in parts of [`WHOLE`]; `None` while nobody starts slowly.
    pub(crate) slow: Option<&'a dyn Fn(usize) -> u32>,
    /// By place: what is under way, if somebody else than the group counts it.
    pub(crate) loads: Option<&'a [Load]>,
    pub(crate) key: Option<&'a [u8]>,
}

impl Choice<'_> {
    fn weight(&self, place: usize) -> u32 {
        u32::from(self.members[place].weight)
    }

    fn load(&self, place: usize) -> Load {
        match self.loads {
            Some(loads) => loads.get(place).copied().unwrap_or_default(),
            None => Load {
                active: self.members[place].outstanding,
                inactive: 0,
            },
        }
    }

    /// What is under way, whatever it is.
    fn total(&self, place: usize) -> u64 {
        let Load { active, inactive } = self.load(place);
        active + inactive
    }

    /// A weight, or 0 for a member that takes no part.
    fn weight_of_any(&self, place: usize) -> u32 {
        let is_eligible = self.eligible.binary_search(&place).is_ok();
        if is_eligible { self.weight(place) } else { 0 }
    }

    /// A weight in parts of [`WHOLE`], as slow start leaves it.
    fn slow_weight(&self, place: usize, weight: u32) -> u32 {
        weight * self.slow.map_or(WHOLE, |slow| slow(place))
    }
}

impl Chooser {
    pub(crate) fn new(
        algorithm: Algorithm,
        balance_factor: u16,
        slots: Option<u32>,
        stream: Stream,
    ) -> Self {
        Self {
            algorithm,
            balance_factor,
            slots: slots.or(algorithm.default_slots()).unwrap_or_default(),
            last: None,
            rows: Rows::default(),
            classic: ClassicWeights::default(),
            weights: SmoothWeights::default(),
            stream,
            placement: Placement::Stale,
        }
    }

    /// Tells that others take part than before.
    pub(crate) fn forget(&mut self) {
        self.placement = Placement::Stale;
    }

    /// The next target.
    pub(crate) fn choose(&mut self, choice: &Choice<'_>) -> Option<TargetId> {
        let place = match choice.key {
            Some(key) => self.by_key(choice, key),
            None => self.by_turn(choice),
        }?;
        self.last = Some(place);
        Some(TargetId::at(place))
    }

    fn by_key(&mut self, choice: &Choice<'_>, key: &[u8]) -> Option<usize> {
        let each = || choice.eligible.iter().copied();
        match self.algorithm {
            Algorithm::SourceHash | Algorithm::KeyHash => {
                let weighted = each().map(|place| (place, choice.weight(place)));
                modulo(mix(fnv(key)), weighted)
            }
            Algorithm::FiveTuple => {
                let alike = each().map(|place| (place, choice.members[place].identity, 1));
                rendezvous(fnv(key), alike)
            }
            Algorithm::Rendezvous => rendezvous(
                fnv(key),
                each().map(|place| {
                    let identity = choice.members[place].identity;
                    (place, identity, choice.weight(place))
                }),
            ),
            Algorithm::Rss | Algorithm::SymmetricRss => {
                let toeplitz = match self.algorithm {
                    Algorithm::Rss => Toeplitz::STANDARD,
                    _ => Toeplitz::SYMMETRIC,
                };
                // The protocol stands last, and is not hashed.
                let ends = key.split_last().map_or(key, |(_, ends)| ends);
                let weighted = each().map(|place| (place, choice.weight(place)));
                modulo(toeplitz.hash(ends).into(), weighted)
            }
            Algorithm::Ring
            | Algorithm::Maglev
            | Algorithm::BoundedLoad
            | Algorithm::Ipvs(Ipvs::Sh | Ipvs::Mh) => {
                self.place(choice);
                match &self.placement {
                    Placement::Ring(ring, places) if self.algorithm == Algorithm::BoundedLoad => {
                        let total: u64 = each().map(|place| choice.total(place)).sum();
                        let met = places.iter().enumerate();
                        let weights = met
                            .filter(|(index, _)| ring.meets(*index))
                            .map(|(_, place)| u64::from(choice.weight(*place)))
                            .sum();
                        bounded_load(
                            ring.walk(key).map(|index| places[index]),
                            total + 1,
                            weights,
                            self.balance_factor,
                            |place| (choice.total(place), choice.weight(place)),
                        )
                    }
                    Placement::Ring(ring, places) => ring.pick(key).map(|index| places[index]),
                    Placement::Maglev(maglev, places) => {
                        maglev.pick(mix(fnv(key))).map(|index| places[index])
                    }
                    Placement::Buckets(buckets, places) => {
                        buckets.pick(key).map(|index| places[index])
                    }
                    Placement::Stale => None,
                }
            }
            _ => self.by_turn(choice),
        }
    }

    fn by_turn(&mut self, choice: &Choice<'_>) -> Option<usize> {
        let eligible = choice.eligible;
        let each = || eligible.iter().copied();
        let behind = match self.last {
            None => 0,
            // All before it are eligible too.
            Some(last) if eligible.get(last) == Some(&last) => last + 1,
            Some(last) => eligible.partition_point(|place| *place <= last),
        };
        let in_turn = || {
            eligible[behind..]
                .iter()
                .chain(&eligible[..behind])
                .copied()
        };
        match self.algorithm {
            Algorithm::LeastOutstanding => {
                least(in_turn().map(|place| (place, choice.total(place), 1)))
            }
            Algorithm::WeightedLeastConnections => least(in_turn().map(|place| {
                let weight = choice.slow_weight(place, choice.weight(place));
                (place, choice.total(place), weight)
            })),
            Algorithm::Weighted => self
                .weights
                .next(each().map(|place| (place, choice.slow_weight(place, choice.weight(place))))),
            Algorithm::WeightedRandom => {
                let weighted = each().map(|place| {
                    let share = choice.members[place].window.share;
                    (place, choice.weight(place) * share)
                });
                weighted_random(&mut self.stream, weighted)
            }
            Algorithm::RandomOfTwo => {
                let loaded = each().map(|place| (place, choice.total(place), choice.weight(place)));
                better_of_two(&mut self.stream, loaded)
            }
            Algorithm::InRows => self
                .rows
                .next(choice.members.len(), |place| choice.weight_of_any(place)),
            Algorithm::Ipvs(Ipvs::Wrr) => self
                .classic
                .next(choice.members.len(), |place| choice.weight_of_any(place)),
            Algorithm::Ipvs(Ipvs::Twos) => {
                let weighted = each().map(|place| (place, choice.weight(place)));
                let drawn = [(); 2].map(|()| weighted_random(&mut self.stream, weighted.clone()));
                least(drawn.into_iter().flatten().map(|place| {
                    let overhead = choice.load(place).overhead();
                    (place, overhead, choice.weight(place))
                }))
            }
            Algorithm::Ipvs(
                scheduler @ (Ipvs::Lc | Ipvs::Wlc | Ipvs::Sed | Ipvs::Nq | Ipvs::Fo | Ipvs::Ovf),
            ) => {
                let loaded = each().map(|place| (place, choice.load(place), choice.weight(place)));
                by_load(scheduler, loaded)
            }
            _ if choice.slow.is_some() => {
                let weighted = each().map(|place| (place, choice.slow_weight(place, 1)));
                self.weights.next(weighted)
            }
            algorithm => {
                let takes_part = |place: &usize| !algorithm.weighs() || choice.weight(*place) > 0;
                in_turn().find(takes_part)
            }
        }
    }

    /// Works the placement out if others take part than before.
    fn place(&mut self, choice: &Choice<'_>) {
        if !matches!(self.placement, Placement::Stale) {
            return;
        }
        let mut places = choice.eligible.to_vec();
        if self.algorithm == Algorithm::Ipvs(Ipvs::Sh) {
            let weights = places.iter().map(|place| choice.weight(*place));
            self.placement = Placement::Buckets(Buckets::new(weights), places);
            return;
        }
        places.sort_by_key(|place| &choice.members[*place].name);
        let servers = places
            .iter()
            .map(|place| (&*choice.members[*place].name, choice.weight(*place)));
        self.placement = match self.algorithm {
            Algorithm::Maglev => Placement::Maglev(Maglev::new(servers, self.slots), places),
            Algorithm::Ipvs(_) => Placement::Maglev(Maglev::in_rows(servers, self.slots), places),
            _ => Placement::Ring(Ring::new(servers), places),
        };
    }
}

//! What a device counts, and the law its numbers obey.

use std::sync::Arc;

use crate::{DropReason, PortId};

/// What went through one port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PortCounters {
    /// Frames that arrived.
    pub received_frames: u64,
    /// Octets that arrived, without FCS.
    pub received_octets: u64,
    /// Frames that left.
    pub sent_frames: u64,
    /// Octets that left, without FCS.
    pub sent_octets: u64,
}

/// A number that an application or a service of a device keeps, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppCounter {
    /// The application's or service's name on its device.
    pub app: Arc<str>,
    /// What is counted: `served`, `received`, …
    pub counter: &'static str,
    /// The count.
    pub value: u64,
    /// Whether the number goes up and down with what there is, as healthy targets do: it ends with the
    /// life of its node, where other numbers are added up.
    pub is_level: bool,
}

impl AppCounter {
    /// A number of what has happened, which only goes up.
    #[must_use]
    pub fn total(app: &Arc<str>, counter: &'static str, value: u64) -> Self {
        Self {
            app: Arc::clone(app),
            counter,
            value,
            is_level: false,
        }
    }

    /// A number of what there is.
    #[must_use]
    pub fn level(app: &Arc<str>, counter: &'static str, value: u64) -> Self {
        Self {
            is_level: true,
            ..Self::total(app, counter, value)
        }
    }
}

/// What a device counts.
///
/// Every frame is accounted for: `in + copies + originated = out + kept + dropped` holds after every
/// call ([`is_balanced`](Self::is_balanced)). A frame that is held and later sent leaves `kept` when
/// it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counters {
    /// One entry per port.
    pub ports: Vec<PortCounters>,
    /// Extra frames of a flood or a fragmentation: leaving by three ports makes two copies.
    pub copies: u64,
    /// Frames the device made itself: ARP, ICMP, probes, segments.
    pub originated: u64,
    /// Frames queued, held, or consumed by the device.
    pub kept: u64,
    /// Frames dropped, one number per [`DropReason`] in the order of [`DropReason::ALL`].
    drops: DropCounts,
    /// Numbers of applications and services, in order of application, then counter.
    pub apps: Vec<AppCounter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct DropCounts([u64; DropReason::ALL.len()]);

impl Default for DropCounts {
    fn default() -> Self {
        Self([0; DropReason::ALL.len()])
    }
}

impl Counters {
    /// All zero, for a device of this many ports.
    #[must_use]
    pub fn new(ports: u16) -> Self {
        Self {
            ports: vec![PortCounters::default(); usize::from(ports)],
            ..Self::default()
        }
    }

    /// Counts a frame that arrived at `port`.
    ///
    /// # Panics
    /// If the device has no such port: its driver is wrong.
    #[inline]
    pub fn received(&mut self, port: PortId, octets: usize) {
        let counters = &mut self.ports[port.index()];
        counters.received_frames += 1;
        counters.received_octets += octets as u64;
    }

    /// Counts a frame that left by `port`.
    ///
    /// # Panics
    /// If the device has no such port.
    #[inline]
    pub fn sent(&mut self, port: PortId, octets: usize) {
        let counters = &mut self.ports[port.index()];
        counters.sent_frames += 1;
        counters.sent_octets += octets as u64;
    }

    /// Counts a frame that went no further.
    #[inline]
    pub fn dropped(&mut self, reason: DropReason) {
        self.drops.0[reason as usize] += 1;
    }

    /// How many frames were dropped for this reason.
    #[must_use]
    pub fn drops(&self, reason: DropReason) -> u64 {
        self.drops.0[reason as usize]
    }

    /// The reasons for which frames were dropped, with their numbers; reasons never met are left out.
    pub fn all_drops(&self) -> impl Iterator<Item = (DropReason, u64)> {
        DropReason::ALL
            .iter()
            .copied()
            .zip(self.drops.0)
            .filter(|(_, count)| *count > 0)
    }

    /// Whether `in + copies + originated = out + kept + dropped`.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let received: u64 = self.ports.iter().map(|port| port.received_frames).sum();
        let sent: u64 = self.ports.iter().map(|port| port.sent_frames).sum();
        let dropped: u64 = self.drops.0.iter().sum();
        received + self.copies + self.originated == sent + self.kept + dropped
    }

    /// Adds everything that an earlier life of the same node counted, without its levels.
    pub fn add(&mut self, other: &Self) {
        self.absorb(other);
        self.ports.resize(
            self.ports.len().max(other.ports.len()),
            PortCounters::default(),
        );
        for (total, port) in self.ports.iter_mut().zip(&other.ports) {
            total.received_frames += port.received_frames;
            total.received_octets += port.received_octets;
            total.sent_frames += port.sent_frames;
            total.sent_octets += port.sent_octets;
        }
        for count in other.apps.iter().filter(|count| !count.is_level) {
            let same =
                |own: &&mut AppCounter| (&own.app, own.counter) == (&count.app, count.counter);
            match self.apps.iter_mut().find(same) {
                Some(own) => own.value += count.value,
                None => self.apps.push(count.clone()),
            }
        }
    }

    /// Adds the frames that another part of the same device copied, made, kept and dropped.
    ///
    /// Ports and application numbers are left alone: only one part of a device sees its ports.
    pub fn absorb(&mut self, part: &Self) {
        self.copies += part.copies;
        self.originated += part.originated;
        self.kept += part.kept;
        for (total, count) in self.drops.0.iter_mut().zip(part.drops.0) {
            *total += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_of_all_lives_are_added_up_and_levels_end_with_each() {
        let app = "web".into();
        let life = |served, healthy| Counters {
            apps: vec![
                AppCounter::level(&app, "healthy", healthy),
                AppCounter::total(&app, "served", served),
            ],
            ..Counters::default()
        };
        let mut past = Counters::default();
        past.add(&life(5, 2));
        past.add(&life(3, 1));
        assert_eq!(
            past.apps,
            [AppCounter::total(&app, "served", 8)],
            "a node that is off has nothing healthy"
        );
        let mut now = life(1, 2);
        now.add(&past);
        assert_eq!(
            now.apps,
            life(9, 2).apps,
            "and one that is on what it has now"
        );
    }
}

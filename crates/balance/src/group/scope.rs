//! Who takes part: zones, states, too few healthy targets.

use switchlab_core::TargetState;

use super::{Member, TargetGroup, TargetId};

/// How many targets a node may send to, and how many of them are well. Where weights count, those of weight 0 are
/// none of them.
struct Strength {
    healthy: usize,
    registered: usize,
}

impl TargetGroup {
    /// Whether new traffic may go to a target now.
    #[must_use]
    pub fn is_eligible(&self, target: TargetId) -> bool {
        self.eligible.binary_search(&target.index()).is_ok()
    }

    /// Whether there are too few healthy targets, so that all take part.
    #[must_use]
    pub const fn is_fail_open(&self) -> bool {
        self.is_fail_open
    }

    /// How many targets are healthy.
    #[must_use]
    pub fn healthy(&self) -> usize {
        self.members
            .iter()
            .filter(|member| member.is_well())
            .count()
    }

    /// The states of all targets, in the order of their registration.
    pub fn states(&self) -> impl Iterator<Item = TargetState> {
        self.members.iter().map(|member| member.state)
    }

    /// Why the node should leave DNS because of this group; `None` if it should not.
    ///
    /// A group that nobody uses, or that has no target at all, keeps no node out of DNS: no other zone would
    /// do better. One whose targets are all in other zones, and out of scope, does.
    #[must_use]
    pub fn dns_failure(&self) -> Option<String> {
        let Strength {
            healthy,
            registered,
        } = self.strength();
        let has_targets = self.members.iter().any(Member::is_registered);
        let is_breached = self.in_use && has_targets && self.dns.is_breached(healthy, registered);
        is_breached.then(|| {
            if registered == 0 {
                return self.nobody_counts();
            }
            format!(
                "{healthy} of {registered} targets of the group {} are healthy",
                self.name
            )
        })
    }

    /// Why a group that has targets has none for this node, for the middle of a sentence.
    fn nobody_counts(&self) -> String {
        let name = &self.name;
        let mut registered = self.members.iter().filter(|it| it.is_registered());
        let is_here = |member: &Member| self.is_in_scope(member) && self.is_used(member);
        match registered.any(is_here) {
            false => format!("the group {name} has no target in this zone"),
            true => format!("no target of the group {name} has a weight and is in use"),
        }
    }

    /// Why [`choose`](Self::choose) finds nobody, as a sentence.
    #[must_use]
    pub fn why_nobody(&self) -> String {
        let name = &self.name;
        let is_draining = |member: &Member| member.state == TargetState::Draining;
        let registered: Vec<_> = self
            .members
            .iter()
            .filter(|it| it.is_registered())
            .collect();
        if registered.is_empty() {
            return match self.members.iter().any(is_draining) {
                true => format!("All targets of the group {name} are deregistered and draining."),
                false => format!("No target is registered in the group {name}."),
            };
        }
        if !self.in_use {
            return format!(
                "No rule sends requests to the group {name}, so its targets are unused."
            );
        }
        let mut used = registered
            .iter()
            .filter(|it| it.state != TargetState::Unused)
            .peekable();
        if used.peek().is_none() {
            return format!("All targets of the group {name} are unused.");
        }
        let mut here = used.filter(|it| self.is_in_scope(it)).peekable();
        if here.peek().is_none() {
            return format!(
                "All targets of the group {name} are in other zones than this node, and cross-zone balancing is off."
            );
        }
        if self.eligible.is_empty() {
            return format!("No target of the group {name} is healthy.");
        }
        match here.any(|member| self.has_weight(member)) {
            true => format!("No target of the group {name} that has a weight is healthy."),
            false => format!("All targets of the group {name} have weight 0."),
        }
    }

    /// Whether a member can be chosen as far as its weight is concerned.
    pub(super) fn has_weight(&self, member: &Member) -> bool {
        !self.weighs || member.weight > 0
    }

    /// Whether anybody sends traffic to a member: its group is in use, its zone enabled.
    pub(super) fn is_used(&self, member: &Member) -> bool {
        let is_enabled = |zone| self.zones.is_empty() || self.zones.contains(zone);
        self.in_use && member.zone.as_ref().is_none_or(is_enabled)
    }

    /// Whether the node may send to a member's zone.
    pub(super) fn is_in_scope(&self, member: &Member) -> bool {
        match (&self.zone, &member.zone) {
            (Some(own), Some(its)) => self.cross_zone || own == its,
            _ => true,
        }
    }

    fn strength(&self) -> Strength {
        let counts = |member: &&Member| {
            member.is_registered()
                && member.state != TargetState::Unused
                && self.is_in_scope(member)
                && self.has_weight(member)
        };
        let in_scope = self.members.iter().filter(counts);
        let mut strength = Strength {
            healthy: 0,
            registered: 0,
        };
        for member in in_scope {
            strength.registered += 1;
            strength.healthy += usize::from(member.is_well());
        }
        strength
    }

    pub(super) fn find_eligible(&mut self) {
        let Strength {
            healthy,
            registered,
        } = self.strength();
        self.is_fail_open = self.routing.is_breached(healthy, registered);
        let takes_part = |member: &Member| {
            self.is_in_scope(member)
                && match member.state {
                    TargetState::Initial | TargetState::Unhealthy => self.is_fail_open,
                    _ => member.is_well(),
                }
        };
        let members = self.members.iter().enumerate();
        let eligible: Vec<_> = members
            .filter(|(_, member)| takes_part(member))
            .map(|(place, _)| place)
            .collect();
        if eligible != self.eligible {
            self.eligible = eligible;
            self.chooser.forget();
        }
    }
}

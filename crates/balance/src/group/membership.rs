//! Who belongs to a group, and whether anybody sends traffic to it.

use std::net::SocketAddr;

use switchlab_core::Instant;

use super::{Alarm, Member, Membership, ProbeStep, TargetGroup, TargetId};
use crate::Target;

/// Why a target cannot be registered or deregistered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// It is in the group already.
    #[error("{target} is registered already")]
    Registered {
        /// The target.
        target: SocketAddr,
    },
    /// It has been deregistered and may still be busy.
    #[error("{target} is still draining; register it again when that is over")]
    Draining {
        /// The target.
        target: SocketAddr,
    },
    /// It is not in the group.
    #[error("{target} is not registered")]
    Unknown {
        /// The target.
        target: SocketAddr,
    },
    /// No traffic can go there.
    #[error("{target} has port 0; a port from 1 to 65535 would be right")]
    Port {
        /// The target.
        target: SocketAddr,
    },
}

impl TargetGroup {
    /// Puts a target into the group. One whose deregistration delay ends at `now` has drained.
    ///
    /// # Errors
    /// If it is there already, or has not yet drained.
    pub fn register(&mut self, now: Instant, target: Target) -> Result<(), RegisterError> {
        let address = target.address;
        if address.port() == 0 {
            return Err(RegisterError::Port { target: address });
        }
        self.handle_timeout(now);
        if !self.members.iter().any(Member::is_registered) {
            self.first_batch = now;
        }
        let is_first = self.first_batch == now;
        let id = match self.find(address) {
            None => {
                self.members.push(Member::new(target, is_first));
                TargetId::at(self.members.len() - 1)
            }
            Some(id) => {
                let member = &mut self.members[id.index()];
                match member.membership {
                    Membership::Draining => {
                        return Err(RegisterError::Draining { target: address });
                    }
                    Membership::Registered => {
                        return Err(RegisterError::Registered { target: address });
                    }
                    Membership::Gone => member.again(target, is_first),
                }
                id
            }
        };
        self.admit(now, id);
        Ok(())
    }

    /// Takes a target out of the group: nothing new goes there, and when the deregistration delay is
    /// over it is gone.
    ///
    /// # Errors
    /// If it is not in the group.
    pub fn deregister(&mut self, now: Instant, target: SocketAddr) -> Result<(), RegisterError> {
        let id = self
            .find(target)
            .filter(|id| self.members[id.index()].is_registered());
        let Some(id) = id else {
            return Err(RegisterError::Unknown { target });
        };
        self.leave_alone(id);
        // Who leaves is ejected no longer, and takes nobody's place among the ejected.
        self.members[id.index()].forget();
        self.members[id.index()].membership = Membership::Draining;
        self.admit(now, id);
        self.handle_timeout(now);
        Ok(())
    }

    /// Tells whether anybody sends traffic here: probes begin at `now`, or end.
    pub fn set_in_use(&mut self, now: Instant, in_use: bool) {
        if std::mem::replace(&mut self.in_use, in_use) == in_use {
            return;
        }
        for place in 0..self.members.len() {
            let id = TargetId::at(place);
            if self.members[place].is_registered() {
                self.leave_alone(id);
                self.members[place].forget();
                self.admit(now, id);
            }
        }
    }

    /// Lets a member begin in the state that follows from what it is.
    pub(super) fn admit(&mut self, now: Instant, target: TargetId) {
        let member = &self.members[target.index()];
        if member.membership == Membership::Draining {
            let end = now + self.deregistration_delay;
            self.alarms.set(Alarm::Drained(target), end);
        } else if self.is_probed(member) {
            self.alarms.set(Alarm::Probe(target), now);
        }
        self.settle(now, target);
    }

    /// Ends what waits for a member: the next probe, the one under way, its return.
    fn leave_alone(&mut self, target: TargetId) {
        self.alarms.cancel(Alarm::Probe(target));
        self.alarms.cancel(Alarm::Return(target));
        if self.alarms.cancel(Alarm::Late(target)).is_some() {
            self.probes.push_back(ProbeStep::Abandon(target));
        }
    }

    fn is_probed(&self, member: &Member) -> bool {
        self.check.is_some() && self.is_used(member) && member.takes_probes()
    }
}

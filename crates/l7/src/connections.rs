//! What every connection is for, in a dense table, and when its patience ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use switchlab_core::Instant;
use switchlab_host::ConnectionId;

use crate::client::Client;
use crate::linger::Lingering;
use crate::probe::Probe;
use crate::upstream::Upstream;

/// What a connection is for.
#[derive(Debug)]
pub(crate) enum Role {
    /// A client's.
    Client(Box<Client>),
    /// One to a target, in use or idle.
    Upstream(Box<Upstream>),
    /// A health check's.
    Probe(Box<Probe>),
    /// Ours is closed; the peer may still send what nobody reads.
    Linger(Box<Lingering>),
}

/// Connections by [`ConnectionId::index`], each with its role and its deadline.
///
/// Deadlines move with nearly every event, mostly backwards in importance: an alarm is set only if it
/// is earlier than the one set already, and judged again when it comes up. An alarm belongs to a
/// place, not to a connection, so there are about as many as there are connections at once.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    places: Vec<Place>,
    /// Connections whose place was given to a younger one before their end was told. They are dead:
    /// their end is on its way, so that they need no deadline.
    displaced: Vec<(ConnectionId, Role)>,
    alarms: BinaryHeap<Reverse<(Instant, usize)>>,
}

#[derive(Debug, Default)]
struct Place {
    occupant: Option<(ConnectionId, Role)>,
    due: Option<Instant>,
    armed: Option<Instant>,
}

impl Connections {
    /// Puts a connection into its place, with the moment at which [`pop_due`](Self::pop_due) tells of it.
    pub(crate) fn put(&mut self, id: ConnectionId, role: Role, due: Option<Instant>) {
        let index = id.index();
        if self.places.len() <= index {
            self.places.resize_with(index + 1, Place::default);
        }
        let place = &mut self.places[index];
        // Ids of one place are in the order of their ages.
        if place
            .occupant
            .as_ref()
            .is_some_and(|(other, _)| id < *other)
        {
            return self.displaced.push((id, role));
        }
        self.displaced.extend(place.occupant.replace((id, role)));
        place.due = due;
        self.arm(index);
    }

    /// Takes a connection out: for its end, or until it is [`put`](Self::put) back.
    pub(crate) fn take(&mut self, id: ConnectionId) -> Option<Role> {
        let occupant = &mut self.places.get_mut(id.index())?.occupant;
        if occupant.as_ref().is_some_and(|(other, _)| *other == id) {
            return occupant.take().map(|(_, role)| role);
        }
        let place = self.displaced.iter().position(|(other, _)| *other == id)?;
        Some(self.displaced.swap_remove(place).1)
    }

    /// What a connection is for.
    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Role> {
        let occupant = self.places.get_mut(id.index())?.occupant.as_mut();
        match occupant {
            Some((other, role)) if *other == id => Some(role),
            _ => self
                .displaced
                .iter_mut()
                .find(|(other, _)| *other == id)
                .map(|(_, role)| role),
        }
    }

    /// How many connections carry traffic: those of clients and those to targets.
    pub(crate) fn carriers(&self) -> usize {
        let occupants = self
            .places
            .iter()
            .filter_map(|place| place.occupant.as_ref());
        let carries =
            |(_, role): &&(ConnectionId, Role)| matches!(role, Role::Client(_) | Role::Upstream(_));
        occupants.chain(&self.displaced).filter(carries).count()
    }

    /// All clients, in order of their places; those whose end is on its way last.
    pub(crate) fn clients(&self) -> impl Iterator<Item = (ConnectionId, &Client)> {
        let occupants = self
            .places
            .iter()
            .filter_map(|place| place.occupant.as_ref());
        occupants
            .chain(&self.displaced)
            .filter_map(|(id, role)| match role {
                Role::Client(client) => Some((*id, &**client)),
                _ => None,
            })
    }

    /// The earliest alarm; perhaps too early, never too late.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.alarms.peek().map(|Reverse((at, _))| *at)
    }

    /// The next connection whose deadline has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<ConnectionId> {
        while let Some(Reverse((at, index))) = self.alarms.peek().copied()
            && at <= now
        {
            self.alarms.pop();
            let place = &mut self.places[index];
            if place.armed != Some(at) {
                continue;
            }
            place.armed = None;
            match &place.occupant {
                Some((id, _)) if place.due.is_some_and(|due| due <= now) => return Some(*id),
                _ => self.arm(index),
            }
        }
        None
    }

    fn arm(&mut self, index: usize) {
        let place = &mut self.places[index];
        if let (Some(due), Some(_)) = (place.due, &place.occupant)
            && place.armed.is_none_or(|armed| due < armed)
        {
            place.armed = Some(due);
            self.alarms.push(Reverse((due, index)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use switchlab_core::Stream;
    use switchlab_host::{Sockets, SocketsConfig};

    use super::*;
    use crate::pipe::Pipes;

    #[test]
    fn a_dead_connection_does_not_take_the_place_of_a_living_one() {
        let mut sockets = Sockets::new(SocketsConfig::default(), Stream::of(1, "test"));
        let (own, peer) = (
            IpAddr::from([10, 0, 0, 1]),
            SocketAddr::from(([10, 0, 0, 2], 80)),
        );
        let old = sockets.connect(own, peer).unwrap();
        sockets.abort(old);
        let young = sockets.connect(own, peer).unwrap();
        assert_eq!(old.index(), young.index());

        let (mut pipes, mut connections) = (Pipes::default(), Connections::default());
        let until = Instant::from_secs(5);
        let mut role = |id| {
            let pipe = pipes.open(id);
            Role::Linger(Box::new(Lingering { pipe, until }))
        };
        connections.put(old, role(old), Some(until));
        connections.put(young, role(young), Some(until));
        let dead = connections.take(old).unwrap();
        connections.put(old, dead, None);
        assert_eq!(
            connections.pop_due(until),
            Some(young),
            "its deadline is kept"
        );
        assert!(connections.take(old).is_some() && connections.take(young).is_some());
    }
}

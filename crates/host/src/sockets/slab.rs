//! Connections by id: places are used again, names are not.

use super::ConnectionId;
use super::connection::Connection;

#[derive(Default)]
pub(super) struct Slab {
    places: Vec<Place>,
    free: Vec<u32>,
}

struct Place {
    generation: u32,
    connection: Option<Connection>,
}

impl Slab {
    pub(super) fn insert(&mut self, connection: Connection) -> ConnectionId {
        if let Some(index) = self.free.pop() {
            let place = &mut self.places[index as usize];
            place.connection = Some(connection);
            return ConnectionId {
                index,
                generation: place.generation,
            };
        }
        let index = u32::try_from(self.places.len()).expect("connections are limited far below");
        self.places.push(Place {
            generation: 0,
            connection: Some(connection),
        });
        ConnectionId {
            index,
            generation: 0,
        }
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        let place = self.places.get_mut(id.index())?;
        if place.generation != id.generation {
            return None;
        }
        let connection = place.connection.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(id.index);
        Some(connection)
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        let place = self.places.get(id.index())?;
        if place.generation == id.generation {
            place.connection.as_ref()
        } else {
            None
        }
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        let place = self.places.get_mut(id.index())?;
        if place.generation == id.generation {
            place.connection.as_mut()
        } else {
            None
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// All connections, in order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Connection> {
        self.places
            .iter()
            .filter_map(|place| place.connection.as_ref())
    }
}

//! Following TCP connections from the middle: segments, windows, states.

mod segment;
mod state;
mod window;

pub(crate) use segment::Segment;
pub(crate) use state::{Connection, Judgement};

//! Following TCP connections from the middle: segments, windows, states.

mod one_way;
mod segment;
mod state;
mod window;

pub(crate) use one_way::OneWay;
pub(crate) use segment::Segment;
pub(crate) use state::{Connection, Judgement};

//! Whole stories in virtual time: clients, the switch, targets, and what goes wrong between them.

mod bodies;
mod crowd;
mod failures;
mod malformed;
mod turns;
mod world;

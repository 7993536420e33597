//! Whole stories in virtual time: clients, the switch, targets, and what goes wrong between them.

mod access;
mod announced;
mod bodies;
mod crowd;
mod desync;
mod ends;
mod failures;
mod floods;
mod ledger;
mod limits;
mod malformed;
mod notice;
mod octets;
mod presets;
mod sessions;
mod turns;
mod upgrades;
mod world;

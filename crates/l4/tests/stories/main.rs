//! Whole stories of a layer 4 switch, and the laws it obeys.

mod bed;
mod floods;
mod flows;
mod health;
mod laws;
mod modes;
mod nlb;
mod schedulers;
mod sources;
mod told;
mod whole;

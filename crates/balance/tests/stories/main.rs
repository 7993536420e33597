//! Target groups from outside: how they go on in time, who takes part, who is chosen, and why.

mod bed;
mod choices;
mod draining;
mod nobody;
mod seeds;
mod slow_start;
mod timing;
mod traffic;
mod zones;

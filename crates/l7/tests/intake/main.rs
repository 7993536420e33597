//! What becomes of octets, under every parser.

#![allow(clippy::type_complexity)] // rows of a table read best when their type stands above them

mod catalogue;
mod laws;
mod suites;
mod verdict;

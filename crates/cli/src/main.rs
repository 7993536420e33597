//! The program `switchlab`.
#![forbid(unsafe_code)]

fn main() {}

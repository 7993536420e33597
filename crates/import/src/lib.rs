//! Configurations of other systems as labs: taken out of an account, ready to be asked and broken.
//!
//! | module | idea |
//! |---|---|
//! | [`elbv2`] | the replies of `aws elbv2 describe-*` |
//! | [`graphml`] | graphs of networks, as in the Internet Topology Zoo |
#![forbid(unsafe_code)]

pub mod elbv2;
pub mod graphml;

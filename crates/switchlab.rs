//! A lab of network switches: hub, L2, L3, L4 and L7, true to the wire and deterministic.
//!
//! Each layer is a crate of its own and useful alone; this one shows them all. From the wire up:
//!
//! | module | what it knows |
//! |---|---|
//! | [`wire`] | octets: frames, checked views of headers, builders, checksums, flow keys |
//! | [`core`] | the contract between devices and drivers; time, drop reasons, counters, random streams |
//! | [`l2`] | hub and bridge: filtering database, flooding, VLANs |
//! | [`ip`] | an interface: ARP, fragments, ICMP |
//! | [`http`] | HTTP/1.1 heads, framing, bodies, cookies |
//! | [`dns`] | names: messages, what a resolver keeps, how it asks |
//! | [`balance`] | target groups, health, algorithms |
//! | [`topology`] | the plan of a lab as a multigraph |
//! | [`capture`] | pcapng in and out |
//! | [`l3`] | routing: longest prefix match, ECMP, ICMP; the L3 switch |
//! | [`host`] | virtual hosts: TCP and UDP, applications |
//! | [`analysis`] | questions to the graph alone: components, cut nodes, bridges |
//! | [`sim`] | the event engine: lanes, faults, observers, digest |
//! | [`live`] | other drivers: replay of captures |
//! | [`l4`] | balancing of flows by address translation |
//! | [`l7`] | the HTTP load balancer: listeners, rules, actions, target groups, stickiness |
//! | [`scenario`] | lab files and reports; [`scenario::format`] describes the file, key by key |
//! | [`audit`] | what about a lab its owner would hardly have wanted, and what it cannot do without |
//! | [`import`] | configurations of other systems as labs: the replies of `aws elbv2`; graphs in GraphML |
//!
//! A lab from a file, run to its report:
//!
//! ```
//! let lab = switchlab::scenario::lab_from_toml(
//!     r#"
//!     [node.client]
//!     kind = "host"
//!     address = "10.0.1.2/24"
//!     app = [{ http_client = { url = "http://10.0.1.3/", every = "1 s", count = 3 } }]
//!
//!     [node.web]
//!     kind = "host"
//!     address = "10.0.1.3/24"
//!     app = [{ http_server = { body = "hello" } }]
//!
//!     [[link]]
//!     between = ["client", "web"]
//!     "#,
//!     "lab.toml",
//!     None,
//! )?;
//! let report = lab.run(&mut ()).unwrap();
//! assert_eq!(report.record.requests.len(), 3);
//! assert!(report.record.requests.iter().all(|request| request.status == Some(200)));
//! # Ok::<(), switchlab::scenario::ScenarioErrors>(())
//! ```
//!
//! A lab from parts, with devices and applications of one's own: [`sim::Lab`], [`host::App`],
//! [`core::Device`], and the programs `own_device`, `own_app` and `quest07` among the examples.
#![forbid(unsafe_code)]

pub use switchlab_analysis as analysis;
pub use switchlab_audit as audit;
pub use switchlab_balance as balance;
pub use switchlab_capture as capture;
pub use switchlab_core as core;
pub use switchlab_dns as dns;
pub use switchlab_host as host;
pub use switchlab_http as http;
pub use switchlab_import as import;
pub use switchlab_ip as ip;
pub use switchlab_l2 as l2;
pub use switchlab_l3 as l3;
pub use switchlab_l4 as l4;
pub use switchlab_l7 as l7;
pub use switchlab_live as live;
pub use switchlab_scenario as scenario;
pub use switchlab_sim as sim;
pub use switchlab_topology as topology;
pub use switchlab_wire as wire;

/// The front page of the repository: what it shows of the library has to work.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Layer 7: [`L7Switch`] ends its clients' connections, reads their HTTP requests, and sends each to a
//! target of a group by the rules of a listener, as AWS's Application Load Balancer does.
//!
//! Deciding is a pure function of head and client address ([`RuleTable::decide`]); proxying knows
//! nothing of rules; whatever the switch says itself is written in one place.
//!
//! | module | idea |
//! |---|---|
//! | `config` | [`L7Config`], [`ListenerConfig`], [`Group`], [`SetRule`] |
//! | `rule`, `action`, `transform` | [`Rule`]: [`Condition`]s, an [`Action`], and what is rewritten |
//! | `error`, `check` | [`L7Error`]: what is not right with settings, held against what ELB allows |
//! | `pattern`, `expression`, `condition` | wildcards, regular expressions, and what they are held against |
//! | `route`, `index` | [`RuleTable`]: which rule takes a request, and why the others do not |
//! | `ask` | [`Advisor`]: what would become of a request, without a run |
//! | `switch`, `control` | [`L7Switch`]: the device; what an administrator may ask of it |
//! | `intake` | [`judge`]: octets become a request or a refusal |
//! | `client`, `announce` | a client's connection, from head to head; whom a proxy in front speaks for |
//! | `upstream` | connections to targets: fresh, idle, lost |
//! | `exchange`, `relay` | a request and its answer; how they go on, and end |
//! | `attributes` | [`HeaderAttributes`], [`ResponseAttributes`]: what may be asked of heads on their way |
//! | `preset`, `retry` | [`Preset`]: whose ways; who is asked in place of a target that failed |
//! | `headers`, `trace` | what a proxy changes in heads; `X-Amzn-Trace-Id` |
//! | `reply`, `answer` | answers of our own; telling of every answer |
//! | `groups`, `probe`, `sticky`, `dns` | whose turn it is, who is well, whom a cookie binds, whether the node is in DNS |
//! | `connections`, `pipe`, `linger` | all connections by number; one with its buffers; one that ends |
//! | `tally`, `metrics`, `access` | what is counted; under CloudWatch's names; the access log |
//!
//! ```
//! use switchlab_balance::GroupConfig;
//! use switchlab_core::Silent;
//! use switchlab_http::RequestHead;
//! use switchlab_l7::{Action, Condition, L7Config, L7Switch, ListenerConfig, Rule};
//! # use switchlab_host::InterfaceConfig;
//! # use switchlab_wire::MacAddr;
//! # let mac = MacAddr::new([2, 0, 0, 0, 0, 10]);
//! # let interface = InterfaceConfig::new(mac, ["10.0.1.10/24".parse().unwrap()]);
//! let mut config = L7Config::new("alb", vec![interface]);
//! for (name, target) in [("web", "10.0.1.11:80"), ("static", "10.0.1.12:80")] {
//!     config.groups.push(GroupConfig::new(name, [target.parse().unwrap()]).into());
//! }
//! let mut listener = ListenerConfig::new(80, Action::forward("web"));
//! let images = Condition::Path(["/img/*"].into());
//! listener.rules.push(Rule::new(10, vec![images], Action::forward("static")));
//! config.listeners.push(listener);
//! let switch = L7Switch::new(config).unwrap();
//!
//! let octets = b"GET /img/logo.png HTTP/1.1\r\nHost: shop.example\r\n\r\n";
//! let (head, _) = RequestHead::parse(octets).unwrap().unwrap();
//! let rules = switch.rules(80).unwrap();
//! let (rule, action) = rules.decide(&head, [10, 0, 1, 2].into(), &mut Silent);
//! assert_eq!(rule.unwrap().to_string(), "10: path-pattern /img/* -> forward static");
//! assert_eq!(*action, Action::forward("static"));
//! ```
#![forbid(unsafe_code)]

mod access;
mod action;
mod announce;
mod answer;
mod ask;
mod attributes;
mod check;
mod client;
mod condition;
mod config;
mod connections;
mod control;
mod dns;
mod error;
mod exchange;
mod expression;
mod groups;
mod headers;
mod index;
mod intake;
mod linger;
mod metrics;
mod pattern;
mod pipe;
mod preset;
mod probe;
mod relay;
mod reply;
mod retry;
mod route;
mod rule;
mod sticky;
mod switch;
mod tally;
mod trace;
mod trailers;
mod transform;
mod trie;
mod upstream;

pub use action::{Action, FixedResponse, Forward, Redirect, Share};
pub use ask::{Advisor, Route, Taker, Verdict};
pub use attributes::{ForwardedFor, HeaderAttributes, ResponseAttributes};
pub use config::{
    Group, L7Config, ListenerConfig, LoadBalancer, Protocol, ProtocolVersion, Quotas, SetRule,
    TargetType, Zone,
};
pub use error::{Code, L7Error};
pub use intake::{IntakeConfig, Judged, Received, Rejection, judge};
pub use pattern::{Wildcard, WildcardToken};
pub use preset::Preset;
pub use route::{Mismatch, RuleTable};
pub use rule::{Condition, Patterns, QueryPattern, Rule};
pub use switch::L7Switch;
pub use transform::{Rewrite, Transforms};

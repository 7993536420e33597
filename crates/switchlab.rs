//! A lab of network switches: hub, L2, L3, L4 and L7, true to the wire and deterministic.
#![forbid(unsafe_code)]

pub use switchlab_balance as balance;
pub use switchlab_capture as capture;
pub use switchlab_core as core;
pub use switchlab_host as host;
pub use switchlab_http as http;
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

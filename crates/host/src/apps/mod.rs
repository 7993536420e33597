//! The applications that come with the crate.

mod config;

pub use config::{
    HttpClientConfig, HttpServerConfig, HttpUrl, PingConfig, UdpEchoConfig, UdpSourceConfig,
};

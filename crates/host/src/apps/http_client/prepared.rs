//! The octets of a request, made once for each URL.

use std::sync::Arc;

use switchlab_http::{Framing, RequestHead};

use super::names::Servers;
use crate::apps::error::AppError;
use crate::apps::{HttpClientConfig, HttpUrl, UrlServers};

/// A request for one URL, ready but for its cookies.
pub(super) struct Prepared {
    /// The URL, for reports.
    pub(super) url: Arc<str>,
    pub(super) servers: Servers,
    /// The URL's host without a port, and its path, as cookies know them.
    pub(super) host: String,
    pub(super) path: String,
    /// The head, without the empty line that ends it.
    head: Vec<u8>,
}

impl Prepared {
    pub(super) fn new(url: &HttpUrl, config: &HttpClientConfig) -> Result<Self, AppError> {
        let servers = match &url.servers {
            UrlServers::At(servers) if servers.is_empty() => return Err(AppError::NoAddress),
            UrlServers::At(servers) => {
                if servers.iter().any(|server| server.port() == 0) {
                    return Err(AppError::PortZero);
                }
                Servers::At(servers.iter().copied().map(Into::into).collect())
            }
            UrlServers::Named(_, 0) => return Err(AppError::PortZero),
            UrlServers::Named(name, _) if config.resolvers.is_empty() => {
                let name = name.clone();
                return Err(AppError::NoResolver { name });
            }
            UrlServers::Named(name, port) => Servers::named(name.clone(), *port),
        };
        let request = RequestHead::new(&config.method, &url.target);
        let mut request = request.map_err(|refusal| AppError::Request {
            method: config.method.clone(),
            target: url.target.clone(),
            refusal,
        })?;
        let fields = &mut request.fields;
        fields.append("Host", &url.host)?;
        for (name, value) in &config.headers {
            AppError::if_reserved(name)?;
            if name.eq_ignore_ascii_case("host") {
                fields.set("Host", value)?;
            } else {
                fields.append(name, value)?;
            }
        }
        if !config.body.is_empty() {
            Framing::Length(config.body.len() as u64).declare(fields);
        }
        if !config.keep_alive {
            fields.append("Connection", "close")?;
        }
        let mut head = Vec::new();
        request.write(&mut head);
        head.truncate(head.len() - 2);
        let host = match url.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => host,
            _ => &url.host,
        };
        Ok(Self {
            url: url.text.clone(),
            servers,
            host: host.to_owned(),
            path: request.path().to_owned(),
            head,
        })
    }

    /// Writes the whole head.
    pub(super) fn write(&self, cookies: Option<&[u8]>, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.head);
        if let Some(cookies) = cookies {
            out.extend_from_slice(b"Cookie: ");
            out.extend_from_slice(cookies);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}
